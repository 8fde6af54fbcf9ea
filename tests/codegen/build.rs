//! Generates each spec of the tests, so that all are compiled in one crate.

#[allow(unreachable_pub, reason = "as above")]
#[path = "src/hostile_specs.rs"]
mod hostile_specs;
#[allow(dead_code, unreachable_pub, reason = "the tests use the rest")]
#[path = "src/specs.rs"]
mod specs;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=specs");
    for (name, spec) in specs::compiled()? {
        let generated = msgraph_codegen::generate(&spec).map_err(|error| format!("{name}: {error}"))?;
        std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join(format!("{name}.rs")), generated.source)?;
    }
    Ok(())
}
