//! Counts the allocations of an implementation: `bench-allocations <implementation> <endpoint> <warm-up> <count>`. A
//! separate program, since counting takes time.

use bench::implementations::{Implementation, Target};
use bench::measure::Counted;
use bench::{Error, print_line};
use clap::ValueEnum;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [implementation, url, warm_up, count] = arguments.as_slice() else {
        return Err("usage: bench-allocations <implementation> <endpoint> <warm-up> <count>".into());
    };
    let implementation = Implementation::from_str(implementation, false)?;
    let target = Target { url: url.clone(), ca: None };
    let _profiler = dhat::Profiler::builder().testing().build();
    let counter = || dhat::HeapStats::get().total_blocks;
    let work = Counted { warm_up: warm_up.parse()?, count: count.parse()?, in_flight: 1, counter };
    print_line(&work.run(&implementation.set_up(&target)?).await?.to_string());
    Ok(())
}
