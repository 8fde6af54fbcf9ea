//! A program that has plain reqwest that sends what the library sends, and no other contestant.

fn main() -> Result<(), bench::Error> {
    bench::contestants::alone(bench::contestants::plain::set_up_same_request)
}
