//! Generated code of specs of each form. It is documented as a dependent's is, so that a text of a spec which became
//! code would be a doctest.

pub mod hostile_specs;
pub mod specs;

macro_rules! generated {
    ($($name:ident)*) => {$(
        #[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, reason = "it is generated")]
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
        }
    )*};
}

generated!(graph nested changes hostile texts);
