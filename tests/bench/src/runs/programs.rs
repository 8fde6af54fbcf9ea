//! The cost of depending on the library: builds, packages, binaries, and the start of a program of one call.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bench::budgets::Budgets;
use bench::measure::median;
use bench::programs::Program;
use bench::server::Server;
use bench::table::Results;
use bench::{Error, print_line};

const STARTS: usize = 41;

/// A program and the measurements of its build.
struct Built {
    folder: PathBuf,
    debug_cpu: f64,
    release_cpu: f64,
    release_seconds: f64,
    packages: BTreeSet<String>,
    bytes: f64,
}

pub(crate) fn run(results: &mut Results, budgets: &Budgets) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let mut built = Vec::new();
    for program in Program::ALL {
        let folder = folder.path().join(program.name());
        program.write_to(&folder)?;
        // Fetches missing packages, so that no build waits for the network.
        let packages = program.packages(&folder)?;
        let debug = program.build(&folder, false)?;
        let release = program.build(&folder, true)?;
        let bytes = std::fs::metadata(program.binary(&folder))?.len() as f64;
        let (debug_cpu, release_cpu, release_seconds) = (debug.cpu, release.cpu, release.seconds);
        print_line(&format!("measured: building {}", program.name()));
        built.push(Built { folder, debug_cpu, release_cpu, release_seconds, packages, bytes });
    }
    let [plain, library, with_codegen] = built.as_slice() else { return Err("expected three programs".into()) };
    let mut row = |what: &str, value: fn(&Built) -> f64| {
        results.pair(format!("{what}, with codegen"), value(plain), value(with_codegen));
        results.pair(what, value(plain), value(library))
    };
    row("clean debug build, CPU s", |built| built.debug_cpu);
    let build = row("clean release build, CPU s", |built| built.release_cpu);
    row("clean release build, s", |built| built.release_seconds);
    row("packages", |built| built.packages.len() as f64);
    let binary = row("stripped binary, bytes", |built| built.bytes);
    results.measured("release build", "one call, CPU", build);
    results.measured("binary", "one call", binary);
    packages(results, budgets, plain, library)?;
    cold_start(results, plain, library)
}

/// Prints the packages that only the library has, each with its reason.
fn packages(results: &mut Results, budgets: &Budgets, plain: &Built, library: &Built) -> Result<(), Error> {
    let name = |package: &String| package.split(' ').next().unwrap_or_default().to_owned();
    let of_plain: Vec<_> = plain.packages.iter().map(name).collect();
    let extra: BTreeSet<_> = library.packages.iter().map(name).filter(|name| !of_plain.contains(name)).collect();
    for package in &extra {
        let why = budgets.package.get(package).map_or("NO REASON GIVEN", String::as_str);
        print_line(&format!("package {package}: {why}"));
    }
    let is_explained = extra.iter().all(|package| budgets.package.contains_key(package));
    // A package without a reason fails the budget.
    let more = if is_explained { library.packages.len() as f64 - plain.packages.len() as f64 } else { f64::INFINITY };
    results.measured("more packages", format!("{} that plain does not have", extra.len()), more);
    Ok(())
}

/// Measures the time from start to exit over TLS, in turns.
fn cold_start(results: &mut Results, plain: &Built, library: &Built) -> Result<(), Error> {
    let server = Server::start(true, 0)?;
    let ca = plain.folder.join("ca.pem");
    std::fs::write(&ca, server.target.ca.as_deref().unwrap_or_default())?;
    let (mut of_plain, mut of_library) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        of_plain.push(Program::Plain.run(&plain.folder, &server.target, &ca)? * 1000.0);
        of_library.push(Program::Library.run(&library.folder, &server.target, &ca)? * 1000.0);
    }
    let (of_plain, of_library) = (median(of_plain), median(of_library));
    let ratio = results.pair("cold start over TLS, ms", of_plain, of_library);
    results.measured("cold start", "start to exit over TLS", ratio);
    Ok(())
}
