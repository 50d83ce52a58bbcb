//! `include/usbx.h` is what cbindgen makes from the source, byte for byte. `make header` regenerates it.

const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/usbx.h"));

#[cfg(feature = "header")]
#[test]
fn header_is_up_to_date() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/include/usbx.h")).unwrap();
    assert!(
        committed == GENERATED,
        "include/usbx.h is not what the source says: run `make header` and commit the result"
    );
}

/// A constant of the library's own in the header would get into every program that includes it.
#[test]
fn every_constant_has_the_prefix() {
    for name in GENERATED.lines().filter_map(|line| line.strip_prefix("#define ")?.split(' ').next()) {
        assert!(name.starts_with("USBX_"), "{name}");
    }
}

/// An editor shows a function's comment when somebody points at a call: it has one sentence on what the function does, each
/// parameter, what is returned, which threads may call it, and since when.
#[test]
fn every_function_is_described() {
    let header = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/include/usbx.h")).unwrap();
    let mut described = 0;
    for (comment, declaration) in header.split("/**\n").skip(1).filter_map(|block| block.split_once(" */\n")) {
        let declaration: String = declaration.chars().take_while(|c| *c != ';').collect();
        let Some((start, parameters)) = declaration.trim_end_matches(')').split_once('(') else { continue };
        let name = start.rsplit([' ', '*']).next().unwrap();
        assert!(name.starts_with("usbx_"), "{declaration}");
        let summary = comment.split("\n *\n").next().unwrap();
        assert!(summary.ends_with('.') && !summary.contains(" @"), "{name}: no summary of its own: {summary}");
        let declared: Vec<&str> = parameters.split(',').filter_map(|p| p.rsplit([' ', '*']).next()).collect();
        let declared: Vec<&str> = declared.into_iter().filter(|p| *p != "void").collect();
        let in_comment = comment.lines().filter_map(|line| line.strip_prefix(" * @param ")?.split(' ').next());
        assert_eq!(in_comment.collect::<Vec<_>>(), declared, "{name}: its parameters");
        for part in [" * @return ", " * @par Threads\n", " * @since "] {
            assert_eq!(comment.matches(part).count(), 1, "{name}: {part}");
        }
        described += 1;
    }
    assert!(described > 50, "{described} functions");
}

/// People print the message beside "OK", where it is about an older failure.
#[test]
fn the_last_error_is_printed_only_after_a_failure() {
    let comments = GENERATED.split("/**\n").filter_map(|block| block.split_once(" */\n"));
    let (comment, _) = comments.into_iter().find(|(_, rest)| rest.contains("*usbx_last_error(")).unwrap();
    let examples: Vec<&str> = comment.split('`').skip(1).step_by(2).collect();
    assert!(examples.iter().any(|example| example.contains("puts(usbx_last_error())")), "no example");
    assert!(
        examples.iter().all(|example| example.starts_with("if (") && example.contains("!= USBX_OK)")),
        "{examples:?}"
    );
}
