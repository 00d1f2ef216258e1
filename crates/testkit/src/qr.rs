//! Reading the QR code of a page, as a wallet's camera does: the code is drawn, found in the picture and decoded.
//!
//! It draws what our services write: an SVG whose last path is made of dark rectangles.
//!
//! ```
//! use qrcode::{QrCode, render::svg};
//!
//! let code = QrCode::new("https://verifier.example/").unwrap();
//! let drawn = code.render::<svg::Color<'_>>().build();
//! assert_eq!(procura_testkit::qr::read(&drawn).unwrap(), "https://verifier.example/");
//! ```

use rqrr::PreparedImage;

/// Widest picture that is drawn, in units of the SVG.
const WIDEST: usize = 2_000;
/// Pixels for each unit of the SVG: a unit may be one module, and a camera sees a module as more than one pixel.
const SCALE: usize = 4;

/// Why an SVG shows no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// No square `viewBox`, no path, or no rectangles in it.
    #[error("the SVG is not drawn of rectangles in a square viewBox from 0 0")]
    Drawing,
    /// As many codes as this were found in the picture.
    #[error("the picture shows {0} QR codes; one is needed")]
    Codes(usize),
    /// A code that cannot be decoded.
    #[error("the QR code cannot be decoded: {0}")]
    Decode(String),
}

/// The text of the one QR code that `svg` shows.
///
/// # Errors
/// [`QrError`].
pub fn read(svg: &str) -> Result<String, QrError> {
    let side = side(svg).ok_or(QrError::Drawing)?;
    let dark = rectangles(svg).ok_or(QrError::Drawing)?;
    let mut rows = vec![vec![false; side]; side];
    for rectangle in dark {
        let lines = rows.iter_mut().skip(rectangle.top).take(rectangle.height);
        for line in lines {
            let run = line.iter_mut().skip(rectangle.left).take(rectangle.width);
            run.for_each(|pixel| *pixel = true);
        }
    }
    let is_dark = |x: usize, y: usize| {
        let row = rows.get(y / SCALE);
        row.and_then(|row| row.get(x / SCALE))
            .copied()
            .unwrap_or_default()
    };
    let mut image = PreparedImage::prepare_from_bitmap(side * SCALE, side * SCALE, is_dark);
    let found = image.detect_grids();
    let [code] = found.as_slice() else {
        return Err(QrError::Codes(found.len()));
    };
    let (_, text) = code
        .decode()
        .map_err(|error| QrError::Decode(error.to_string()))?;
    Ok(text)
}

struct Rectangle {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// The side of the square `viewBox`.
fn side(svg: &str) -> Option<usize> {
    let (view, _) = svg.split_once("viewBox=\"0 0 ")?.1.split_once('"')?;
    let (width, height) = view.split_once(' ')?;
    let side = width.parse().ok()?;
    (width == height && side <= WIDEST).then_some(side)
}

/// The rectangles of the last path: `M{left} {top}h{width}v{height}`, and back however it likes.
fn rectangles(svg: &str) -> Option<Vec<Rectangle>> {
    let (path, _) = svg.rsplit_once(" d=\"")?.1.split_once('"')?;
    path.split('M')
        .skip(1)
        .map(|drawn| {
            let (left, rest) = drawn.split_once(' ')?;
            let (top, rest) = rest.split_once('h')?;
            let (width, rest) = rest.split_once('v')?;
            let height = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Some(Rectangle {
                left: left.parse().ok()?,
                top: top.parse().ok()?,
                width: width.parse().ok()?,
                height: height.parse().ok()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{QrError, read};

    #[test]
    fn what_shows_no_code_is_refused() {
        for svg in [
            "",
            "<svg viewBox=\"0 0 9 8\"><path d=\"M0 0h1v1z\"/></svg>",
            "<svg viewBox=\"0 0 9 9\"/>",
        ] {
            assert_eq!(read(svg), Err(QrError::Drawing), "{svg}");
        }
        let blank = "<svg viewBox=\"0 0 90 90\"><path d=\"M0 0h9v9h-9z\"/></svg>";
        assert_eq!(read(blank), Err(QrError::Codes(0)));
    }
}
