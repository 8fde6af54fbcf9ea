//! A program that has the generated crate, and no other contestant.

fn main() -> Result<(), bench::Error> {
    bench::contestants::alone(bench::contestants::generated::set_up)
}
