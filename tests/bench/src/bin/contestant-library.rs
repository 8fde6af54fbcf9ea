//! A program that has the library, and no other contestant.

fn main() -> Result<(), bench::Error> {
    bench::contestants::alone(bench::contestants::library::set_up)
}
