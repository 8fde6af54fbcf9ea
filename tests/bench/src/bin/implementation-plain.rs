//! A program that has plain reqwest, and no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::alone(bench::implementations::plain::set_up)
}
