//! The very text of each report.
use crate::sample::{broken, of, past};
use procura_ades::SubIndication;
use procura_jades::{
    Report,
    document::ReadError,
    report::{Check, Outcome, Terminal, detailed, html, json, simple},
};

const NARROW: Terminal = Terminal {
    colour: true,
    width: Some(72),
};

#[test]
fn the_simple_report_says_verdict_signer_times_level_reason_and_mend() {
    insta::assert_snapshot!(simple(&of(vec![past(), broken()]), Terminal::default()));
}

#[test]
fn the_simple_report_of_a_terminal_is_coloured_and_broken_into_lines() {
    let text = simple(&of(vec![broken()]), NARROW);
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn the_detailed_report_shows_every_check_path_and_time_stamp() {
    insta::assert_snapshot!(detailed(&of(vec![past(), broken()]), Terminal::default()));
}

#[test]
fn the_json_report_is_stable_and_names_what_the_standards_name() {
    insta::assert_snapshot!(json(&of(vec![past(), broken()])).unwrap());
}

#[test]
fn the_page_is_one_file() {
    let page = html(&of(vec![past(), broken()]), Some("invoice.json")).unwrap();
    insta::assert_snapshot!(page);
    let tags: Vec<_> = page
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>'))
        .map(|(tag, _)| tag)
        .collect();
    for acts in ["script", " src=", " href=", "style=", "iframe", "link "] {
        assert_eq!(tags.iter().find(|tag| tag.contains(acts)), None, "{acts}");
    }
    for fetches in ["url(", "@import", "http:", "https://"] {
        let page = page.replace("https://object.example/1", "");
        assert!(!page.contains(fetches), "{fetches}");
    }
}

#[test]
fn what_cannot_be_read_is_a_report_in_every_form() {
    let unreadable = Report::unreadable(
        ReadError::NoSignature,
        crate::sample::at("2026-11-22T12:00:00Z"),
        "strict",
    );
    let text = simple(&unreadable, Terminal::default());
    assert_eq!(text, detailed(&unreadable, Terminal::default()));
    assert!(
        text.contains("cannot be read as signed: the document holds no signature"),
        "{text}"
    );
    assert!(text.contains("to mend it"), "{text}");
    assert!(
        html(&unreadable, None)
            .unwrap()
            .contains("the document holds no signature")
    );
    let told: serde_json::Value = serde_json::from_str(&json(&unreadable).unwrap()).unwrap();
    assert_eq!(told["passed"], false);
    assert_eq!(told["conclusion"]["sub_indication"], "FORMAT_FAILURE");
    assert_eq!(told["unreadable"], "the document holds no signature");
}

#[test]
fn every_reason_has_a_mend() {
    for sub_indication in SubIndication::ALL {
        let mut signature = broken();
        signature.conclusion = (*sub_indication).into();
        let text = simple(&of(vec![signature]), Terminal::default());
        assert!(text.contains("  to mend it "), "{sub_indication}: {text}");
        assert!(!text.contains("read the detailed report"), "{sub_indication}");
    }
}

#[test]
fn one_valid_signature_never_speaks_for_the_others() {
    let text = simple(&of(vec![past(), broken()]), Terminal::default());
    assert!(text.starts_with("INVALID "), "{text}");
    let mut open = broken();
    open.conclusion = SubIndication::TryLater.into();
    let text = simple(&of(vec![past(), open]), Terminal::default());
    assert!(text.starts_with("UNDECIDED "), "{text}");
    assert!(simple(&of(vec![past()]), Terminal::default()).starts_with("VALID "));
}

#[test]
fn long_lists_end_and_say_how_much_is_left_out() {
    let mut signature = broken();
    signature.objects = (0..1000).map(|index| format!("urn:object:{index}")).collect();
    let report = of(vec![signature]);
    let short = simple(&report, Terminal::default());
    assert!(
        short.contains("and 980 more") && short.lines().count() < 60,
        "{short}"
    );
    assert!(detailed(&report, Terminal::default()).contains("and 800 more"));
    assert!(html(&report, None).unwrap().contains("and 800 more"));
}

#[test]
fn what_a_report_leaves_out_is_counted() {
    let mut signature = past();
    let (check, stamp) = (signature.checks.remove(0), signature.time_stamps.remove(0));
    let tolerated = Check {
        outcome: Outcome::Tolerated,
        ..check
    };
    // 200 of a kind are shown.
    signature.checks = vec![tolerated; 203];
    signature.time_stamps = vec![stamp; 205];
    signature.objects = vec!["https://object.example/1".to_owned(); 207];
    let page = html(&of(vec![signature.clone()]), None).unwrap();
    for (more, times) in [("and 3 more<", 2), ("and 5 more<", 1), ("and 7 more<", 1)] {
        assert_eq!(page.matches(more).count(), times, "{more}");
    }
    let text = detailed(&of(vec![signature]), Terminal::default());
    for more in ["and 3 more\n", "and 5 more\n", "and 7 more\n"] {
        assert!(text.contains(more), "{more}");
    }
}
