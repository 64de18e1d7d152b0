//! A plot for each scenario, as SVG.

use plotters::{
    coord::Shift,
    drawing::DrawingArea,
    prelude::{IntoDrawingArea, IntoFont, PathElement, Rectangle, SVGBackend, Text},
    style::{
        BLACK, Color, RGBColor, TextStyle, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::tables::{short, title};
use crate::{
    Result,
    results::{Contestant, Round, Scenario},
    statistics::median,
};

const WIDTH: u32 = 760;
/// The height of one contestant, and what is above the first.
const ROW: u32 = 36;
const TOP: u32 = 48;
/// Where bars begin and end; names are on their left, figures on their right.
const LEFT: i32 = 220;
const RIGHT: i32 = 660;
const BAR: RGBColor = RGBColor(37, 99, 235);

/// A bar with the median of each contestant, and a line from its lowest to its highest round.
pub fn plot(scenario: &Scenario) -> Result<String> {
    let (unit, figure): (_, fn(&Round) -> Option<f64>) = match scenario.name.as_str() {
        "open-loop" | "trouble" => ("p99 in ms", |round| Some(round.latency?.p99)),
        "scale" => ("time on the large table, as a multiple of the small one", |round| {
            Some(round.sizes?.ratio())
        }),
        "start" => ("ms to the first answer", |round| round.milliseconds),
        "worker" => ("refreshes a second", |round| Some(round.per_second)),
        _ => ("requests a second", |round| Some(round.per_second)),
    };
    let bars = scenario.contestants.iter().filter_map(|contestant| Bar::new(contestant, figure));
    let bars: Vec<_> = bars.collect();
    let scale = bars.iter().map(|bar| bar.highest).fold(f64::MIN_POSITIVE, f64::max);
    let mut svg = String::new();
    {
        let height = TOP + ROW * u32::try_from(bars.len())?;
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        // For pages with a dark background too.
        area.fill(&WHITE)?;
        let heading = format!("{}: {unit}", title(&scenario.name));
        area.draw(&Text::new(heading, (12, 24), style(16, HPos::Left)))?;
        let mut middle = i32::try_from(TOP + ROW / 2)?;
        for bar in &bars {
            bar.draw(&area, middle, scale)?;
            middle += i32::try_from(ROW)?;
        }
        area.present()?;
    }
    Ok(svg)
}

struct Bar<'a> {
    name: &'a str,
    median: f64,
    lowest: f64,
    highest: f64,
}

impl<'a> Bar<'a> {
    fn new(contestant: &'a Contestant, figure: fn(&Round) -> Option<f64>) -> Option<Self> {
        let mut figures: Vec<_> = contestant.rounds.iter().filter_map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let (lowest, highest) = (*figures.first()?, *figures.last()?);
        Some(Self { name: &contestant.name, median: median(figures)?, lowest, highest })
    }

    fn draw(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        middle: i32,
        scale: f64,
    ) -> Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "a pixel within the width")]
        let x = |figure: f64| LEFT + (f64::from(RIGHT - LEFT) * figure / scale).round() as i32;
        let (begin, end) = (x(0.0), x(self.median));
        area.draw(&Rectangle::new([(begin, middle - 9), (end, middle + 9)], BAR.filled()))?;
        let spread = vec![(x(self.lowest), middle), (x(self.highest), middle)];
        area.draw(&PathElement::new(spread, BLACK.stroke_width(2)))?;
        area.draw(&Text::new(self.name.to_owned(), (LEFT - 10, middle), style(14, HPos::Right)))?;
        let after = (x(self.highest) + 10, middle);
        area.draw(&Text::new(short(self.median), after, style(14, HPos::Left)))?;
        Ok(())
    }
}

fn style(size: i32, anchor: HPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK).pos(Pos::new(anchor, VPos::Center))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_plot_has_a_bar_and_a_figure_for_each_contestant() {
        let results = example();
        let list = &results.scenarios[0];
        let svg = plot(list).unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
        // The background is the first.
        assert_eq!(svg.matches("<rect").count(), 1 + list.contestants.len());
        for text in ["hand-written handler", "10,000", "requests a second"] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
    }

    #[test]
    fn operations_are_plotted_by_their_ratio_and_starts_by_their_time() {
        let results = example();
        let svg = |name| {
            let scenario = results.scenarios.iter().find(|scenario| scenario.name == name);
            plot(scenario.unwrap()).unwrap()
        };
        assert!(svg("scale").contains("as a multiple of the small one"));
        assert!(svg("scale").contains(">\n1.20\n<"), "{}", svg("scale"));
        assert!(svg("start").contains("ms to the first answer"));
        assert!(svg("trouble").contains("p99 in ms"));
    }

    #[test]
    fn the_open_loop_is_plotted_by_its_latency() {
        let results = example();
        let open_loop = results.scenarios.iter().find(|scenario| scenario.name == "open-loop");
        assert!(plot(open_loop.unwrap()).unwrap().contains("p99 in ms"));
    }
}
