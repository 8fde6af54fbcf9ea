//! A program that has plain reqwest that sends what the library sends, and no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::run_program(bench::implementations::plain::set_up_same_request)
}
