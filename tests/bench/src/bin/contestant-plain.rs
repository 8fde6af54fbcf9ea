//! A program that has plain reqwest, and no other contestant.

fn main() -> Result<(), bench::Error> {
    bench::contestants::alone(bench::contestants::plain::set_up)
}
