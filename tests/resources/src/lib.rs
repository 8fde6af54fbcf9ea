//! Clients of other resources, of `spec/`: slices of Microsoft's spec in our forms, as `cargo xtask spec slice` writes them.

macro_rules! resource {
    ($name:ident, $file:literal) => {
        #[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, rustdoc::all)]
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), $file));
        }
    };
}

resource!(alerts, "/alerts.rs");
resource!(incidents, "/incidents.rs");
resource!(messages, "/messages.rs");
