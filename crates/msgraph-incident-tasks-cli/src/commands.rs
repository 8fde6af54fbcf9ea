//! The verbs, one file each.

mod update;

pub(crate) use update::Update;
