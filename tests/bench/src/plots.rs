//! Plots how cost grows with the requests in flight, the size of a bulk update, and the size of a page.

use std::path::Path;
use std::time::Instant;

use bench::implementations::Implementation;
use bench::implementations::plain::Page;
use bench::programs::workspace;
use bench::server::Server;
use bench::{Error, payloads, print_line};
use msgraph_core::Operation;
use msgraph_incident_tasks_api::operations::ListIncidentTasks;
use plotters::prelude::*;

use crate::runs::requests::sample;
use crate::runs::single::bulk_of;

const IN_FLIGHT: [usize; 5] = [1, 10, 100, 1_000, 10_000];
const BULK: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PAGES: [usize; 5] = [1, 10, 50, 100, 500];

/// A line of a plot.
struct Series {
    name: &'static str,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

pub(crate) fn run() -> Result<(), Error> {
    let folder = workspace().join("tests/bench/plots");
    std::fs::create_dir_all(&folder)?;
    let server = Server::start(false, 0)?;
    let mut flights = [
        Series { name: "plain", colour: BLUE, points: Vec::new() },
        Series { name: "library", colour: RED, points: Vec::new() },
    ];
    for in_flight in IN_FLIGHT {
        for (series, implementation) in flights.iter_mut().zip([Implementation::Plain, Implementation::Library]) {
            let sample = sample(&server, implementation, in_flight, 20_000.max(in_flight))?;
            print_line(&format!(
                "{} at {in_flight} in flight: {:.1} ms CPU per 1,000, {} KiB",
                series.name,
                sample.cpu * 1000.0,
                sample.peak_memory
            ));
            series.points.push((in_flight as f64, sample.cpu * 1000.0));
        }
    }
    draw(&folder.join("in-flight.svg"), "CPU of the client, ms per 1,000 updates", "updates in flight", &flights)?;

    let mut cpu = Series { name: "CPU, µs an update", colour: RED, points: Vec::new() };
    let mut memory = Series { name: "peak memory, MiB", colour: BLUE, points: Vec::new() };
    for count in BULK {
        let sample = bulk_of(&server, count)?;
        let (each, mib) = (sample.cpu / count as f64 * 1e6, sample.peak_memory / 1024.0);
        print_line(&format!("bulk of {count}: {:.2} s, {each:.1} µs CPU an update, {mib:.1} MiB", sample.seconds));
        cpu.points.push((count as f64, each));
        memory.points.push((count as f64, mib));
    }
    draw(&folder.join("bulk.svg"), "Updates in bulk, from a stream", "updates", &[cpu, memory])?;

    let mut by_hand = Series { name: "a struct by hand", colour: BLUE, points: Vec::new() };
    let mut ours = Series { name: "library", colour: RED, points: Vec::new() };
    for tasks in PAGES {
        let json = payloads::page(tasks);
        by_hand
            .points
            .push((tasks as f64, micros(|| Ok(serde_json::from_slice::<Page>(json.as_bytes()).map(drop)?), tasks)?));
        ours.points
            .push((tasks as f64, micros(|| Ok(ListIncidentTasks::new().decode(json.as_bytes()).map(drop)?), tasks)?));
    }
    draw(&folder.join("pages.svg"), "Decoding a page, µs a task", "tasks in the page", &[by_hand, ours])
}

/// Returns the time for each task, in microseconds.
fn micros(decode: impl Fn() -> Result<(), Error>, tasks: usize) -> Result<f64, Error> {
    let times = 100_000 / tasks;
    let started = Instant::now();
    for _ in 0..times {
        decode()?;
    }
    Ok(started.elapsed().as_secs_f64() / (times * tasks) as f64 * 1e6)
}

fn draw(file: &Path, title: &str, x: &str, all: &[Series]) -> Result<(), Error> {
    let points = || all.iter().flat_map(|series| &series.points);
    let (least, most) = points().fold((f64::MAX, 0.0_f64), |(least, most), (x, _)| (least.min(*x), most.max(*x)));
    let top = points().fold(0.0_f64, |top, (_, y)| top.max(*y)) * 1.2;
    let area = SVGBackend::new(file, (720, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut builder = ChartBuilder::on(&area);
    builder.caption(title, ("sans-serif", 20)).margin(12).x_label_area_size(40).y_label_area_size(60);
    let mut chart = builder.build_cartesian_2d((least..most).log_scale(), 0.0..top)?;
    chart.configure_mesh().x_desc(x).x_label_formatter(&|x| format!("{x:.0}")).draw()?;
    for series in all {
        let colour = series.colour;
        let line = chart.draw_series(LineSeries::new(series.points.clone(), colour.stroke_width(2)))?;
        line.label(series.name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
        chart.draw_series(series.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    area.present()?;
    print_line(&format!("drawn: {}", file.display()));
    Ok(())
}
