//! A program that links plain reqwest, sends the library's requests, and links no other implementation.

fn main() -> Result<(), bench::Error> {
    bench::implementations::run_program(bench::implementations::plain::set_up_same_request)
}
