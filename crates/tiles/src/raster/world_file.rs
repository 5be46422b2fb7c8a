use std::fs;
use std::path::Path;

use super::Placement;

/// Reads the place of an image from the world file beside it, if there is one: `tile.tfw`,
/// `tile.tifw` or `tile.wld` for `tile.tif`.
///
/// Six lines: steps to the right and down (easting right, northing right, easting down, northing
/// down), then the centre of the upper left pixel.
pub(super) fn read(image: &Path) -> Option<Placement> {
    let extension = image.extension()?.to_str()?;
    let (first, last) = (extension.chars().next()?, extension.chars().last()?);
    let text = [
        format!("{first}{last}w"),
        format!("{extension}w"),
        "wld".to_owned(),
    ]
    .iter()
    .find_map(|extension| fs::read_to_string(image.with_extension(extension)).ok())?;
    let numbers = text.split_whitespace().map(str::parse::<f64>);
    let numbers = numbers.collect::<Result<Vec<_>, _>>().ok()?;
    let [right_x, right_y, down_x, down_y, x, y] = numbers[..] else {
        return None;
    };
    let corner = [x - 0.5 * (right_x + down_x), y - 0.5 * (right_y + down_y)];
    let placement = Placement::from_affine(corner, [right_x, right_y], [down_x, down_y]);
    Some(placement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Transform;

    #[test]
    fn the_centre_of_the_first_pixel_becomes_its_corner() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("a.tif");
        assert_eq!(read(&image), None);
        let text = "0.5\n0\n0\n-2.0\n100.25\n199.0\n";
        for name in ["a.wld", "a.tifw", "a.tfw"] {
            fs::write(folder.path().join(name), text).unwrap();
            let expected = Transform {
                left: 100.0,
                top: 200.0,
                pixel_width: 0.5,
                pixel_height: 2.0,
            };
            assert_eq!(read(&image), Some(Placement::NorthUp(expected)));
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }

    #[test]
    fn other_text_is_no_place() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("a.png");
        for text in ["", "1 2 3", "1 0 0 -1 0 x", "1 0 0 -1 0 0 7"] {
            fs::write(folder.path().join("a.pgw"), text).unwrap();
            assert_eq!(read(&image), None, "{text}");
        }
        fs::write(folder.path().join("a.pgw"), "1 0.1 0.1 -1 0 0").unwrap();
        assert_eq!(read(&image), Some(Placement::Rotated));
    }
}
