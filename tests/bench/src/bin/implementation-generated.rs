//! A program that links the generated crate and no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::run_program(bench::implementations::generated::set_up)
}
