//! Every sort of type, and kernels that lack one or all.

use nbpfc_btf::{
    Btf as Types, Builder, DeclTag, Encoding, Enum, Float, Linkage, Placed, Strings, Type, TypeTag,
};

use super::sanitise;
use crate::btf::Btf;
use crate::error::Error;
use crate::probe::{self, Feature};

fn everything() -> Types {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, Encoding::Signed);
    let proto = builder.proto(int, &[("a", int)]);
    let function = builder.func("f", proto, Linkage::Global);
    let float = builder.add(Type::Float(Float { name: "double".to_owned(), size: 8 }));
    let enumeration = |signed, size| {
        let values = vec![("low".to_owned(), -1), ("high".to_owned(), 1)];
        Enum { name: String::new(), size, signed, values }
    };
    let signed = builder.add(Type::Enum(enumeration(true, 4)));
    let long = builder.add(Type::Enum64(enumeration(true, 8)));
    let tag = |name: &str| TypeTag { name: name.to_owned(), ty: int, attribute: false };
    let tagged = builder.add(Type::TypeTag(tag("user")));
    let pointer = builder.ptr(tagged);
    let members = [("f", float, 0), ("s", signed, 8), ("l", long, 16), ("p", pointer, 24)];
    let structure = builder.structure("all", 32, &members);
    let attribute =
        DeclTag { name: "note".to_owned(), ty: function, component: Some(0), attribute: false };
    builder.add(Type::DeclTag(attribute));
    let var = builder.var("everything", structure, Linkage::Global);
    builder.datasec(".data.mine", 32, vec![Placed { var, offset: 0, size: 32 }]);
    builder.finish()
}

/// The kernel takes what is left, whatever it is told that it lacks; numbers and sizes stay. Who
/// lacks something lacks what came later too.
#[test]
fn what_is_left_is_taken() {
    let types = everything();
    let mut features: Vec<Feature> = Feature::ALL.to_vec();
    features.sort_by_key(|feature| feature.since());
    let lacks = (0..=features.len()).map(|first| &features[first..]);
    for lacking in lacks {
        let left = sanitise(&types, |feature| Ok(!lacking.contains(&feature))).expect("answers");
        assert_eq!(left.len(), types.len());
        let all = !lacking.contains(&Feature::BtfEnum64);
        assert_eq!(left == types, all, "{lacking:?}");
        for (id, ty) in types.iter() {
            let sized = !matches!(ty, Type::Var(_));
            assert!(!sized || types.size_of(id).is_none() || left.size_of(id) == types.size_of(id));
        }
        let mut kept = features.iter().filter(|feature| !lacking.contains(feature));
        if !kept.all(|feature| matches!(probe::feature(*feature), Ok(true))) {
            // More than this kernel has.
            continue;
        }
        let bytes = left.encode(Strings::default()).expect("types");
        match Btf::load(&bytes) {
            Ok(_) => {}
            Err(error @ Error::NotPermitted { .. }) => eprintln!("skipped: {error}"),
            Err(error) => panic!("without {lacking:?}: {error}"),
        }
    }
}

#[test]
fn nothing_is_left_that_the_first_kernels_do_not_know() {
    let left = sanitise(&everything(), |_| Ok(false)).expect("answers");
    for (_, ty) in left.iter() {
        let known = matches!(
            ty,
            Type::Int(_)
                | Type::Ptr(_)
                | Type::Struct(_)
                | Type::Union(_)
                | Type::Enum(_)
                | Type::Typedef(_)
                | Type::Const(_)
                | Type::Array(_)
        );
        assert!(known, "{ty:?}");
    }
    let section = left.find(|ty| ty.name() == "_data_mine").expect("it keeps its place");
    assert_eq!(left.size_of(section), Some(32));
}

#[test]
fn a_question_that_is_not_answered_is_an_error() {
    let error = Error::Argument("no");
    assert_eq!(sanitise(&everything(), |_| Err(error.clone())), Err(error));
}
