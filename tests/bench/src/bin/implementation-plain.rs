//! A program that links plain reqwest and no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::run_program(bench::implementations::plain::set_up)
}
