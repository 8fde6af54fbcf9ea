//! A program that links the library and no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::run_program(bench::implementations::library::set_up)
}
