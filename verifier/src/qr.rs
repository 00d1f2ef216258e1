//! QR codes as SVG that stands inside a page: no script, no style attribute, so that the strictest policy lets it be.

use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// Modules of quiet zone on each side (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// The text does not fit into a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text does not fit into a QR code")]
pub struct QrError;

/// An `<svg>` element with the QR code of `text`, black on white in light and dark alike, described by `label`.
///
/// # Errors
/// [`QrError`] for texts beyond what a code holds (about 2 900 bytes).
pub fn svg(text: &str, label: &str) -> Result<String, QrError> {
    let code = QrCode::new(text).map_err(|_| QrError)?;
    let width = code.width();
    let side = width.saturating_add(QUIET.saturating_mul(2));
    let mut path = String::new();
    for (row, line) in code.to_colors().chunks(width.max(1)).enumerate() {
        let mut column = 0;
        for run in line.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, length) = (column + QUIET, row + QUIET, run.len());
                write!(path, "M{x} {y}h{length}v1h-{length}z").map_err(|_| QrError)?;
            }
            column += run.len();
        }
    }
    let label = label
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" \
         d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::{QUIET, QrError, svg};
    use qrcode::{Color, QrCode};

    #[test]
    fn the_dark_area_is_the_codes() {
        let text = "https://verifier.example/authorization-requests?state=2sM8vK0nRkq0bJcH1c0u3A";
        let drawn = svg(text, "QR").expect("fits");
        let dark = QrCode::new(text)
            .expect("fits")
            .to_colors()
            .iter()
            .filter(|c| **c == Color::Dark)
            .count();
        let area: usize = drawn
            .split("h-")
            .skip(2)
            .filter_map(|rest| rest.split('z').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(area, dark);
        let first = format!("M{QUIET} {QUIET}h7v1");
        assert!(
            drawn.contains(&first),
            "the finder pattern begins after the quiet zone"
        );
    }

    #[test]
    fn a_label_cannot_leave_its_attribute() {
        let drawn = svg("x", "\"><script>").expect("fits");
        assert!(!drawn.contains("<script>"));
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        assert_eq!(svg(&"x".repeat(10_000), "QR"), Err(QrError));
    }
}
