//! The parts that are extracted from a spec before progenitor makes types of it.

use std::collections::BTreeSet;

use proc_macro2::Ident;

use crate::bodies::Body;
use crate::collections::Collection;
use crate::normalise::{Replaced, TypeWithTag};
use crate::open_enums::OpenEnum;
use crate::operations::Operation;
use crate::order::PropertyOrder;
use crate::provenance::Provenance;
use crate::tagged_unions::TaggedUnion;

pub(crate) struct Extracted {
    pub(crate) provenance: Provenance,
    pub(crate) property_order: PropertyOrder,
    pub(crate) operations: Vec<Operation>,
    pub(crate) open_enums: Vec<OpenEnum>,
    pub(crate) tagged_unions: Vec<TaggedUnion>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) collections: Vec<Collection>,
    pub(crate) odata_types: Vec<TypeWithTag>,
    pub(crate) replaced: Vec<Replaced>,
    /// The structs that are deprecated.
    pub(crate) deprecated: BTreeSet<Ident>,
    /// The components that a response can contain.
    pub(crate) in_responses: BTreeSet<String>,
}
