//! Links between the project's documents.

use conformance::files;

#[test]
fn each_link_of_a_document_resolves_to_a_file() {
    let mut links = 0;
    for path in files("", "md") {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_external = link.starts_with("http") || link.starts_with('#') || link.contains("::");
            if !is_external {
                let link = link.split('#').next().unwrap_or_default();
                assert!(path.parent().unwrap().join(link).exists(), "{}: {link}", path.display());
                links += 1;
            }
        }
    }
    assert!(links > 5, "{links} links");
}
