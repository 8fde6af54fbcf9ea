//! `incident-tasks emulator`

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use msgraph_incident_tasks_emulator::{Emulator, EmulatorBuilder, Fault};
use serde_json::json;

use crate::connection::with_scenario;
use crate::failure::Failure;
use crate::files::{about, replace, temporary};
use crate::interrupt::Interruption;
use crate::output::{Format, print_line, print_text};
use crate::text::eprint_line;
use crate::values::seconds;

/// Run the service on this machine, for tests without a tenant
///
/// Prints its endpoint to stdout, logs each request to stderr, and ends with Ctrl-C. It accepts any token. GET
/// /emulator/requests and /emulator/tasks return its requests and tasks; POST /emulator/faults injects faults, such as
/// {"fault": "throttled-seconds", "times": 3}; a request asks for one by the header emulator-fault.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks emulator --port 0
  incident-tasks emulator --port 0 --generate 2000 --throttle 150/60
  incident-tasks emulator --port 0 --fault-rate gateway-bad=0.1 --seed 7
  incident-tasks emulator --port 0 --scenario day --speed 600
  incident-tasks emulator --list-faults

Then, in another terminal, with the URL that it prints:
  GRAPH_TOKEN=any incident-tasks list --endpoint http://127.0.0.1:8080/beta")]
pub(crate) struct Arguments {
    /// The port; 0 for a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,

    /// Let other machines connect
    #[arg(long)]
    allow_remote: bool,

    /// Use TLS, with a self-signed certificate
    #[arg(long, value_name = "CERTIFICATE", requires = "ca")]
    tls: Option<Tls>,

    /// File for the certificate (PEM) that clients have to trust
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca: Option<PathBuf>,

    /// Start with the tasks of this JSON file. Default: the documented ones
    #[arg(long, value_name = "FILE")]
    tasks: Option<PathBuf>,

    /// Add this many generated tasks
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    generate: usize,

    /// Seed of generated tasks and random faults
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Let tasks appear and change over time: `day`, a day of a security operations center, or a JSON file
    #[arg(long, value_name = "day|FILE")]
    scenario: Option<PathBuf>,

    /// Speed of the scenario; 60 runs an hour in a minute
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, requires = "scenario")]
    speed: f64,

    /// Write the tasks to this file at the end, for --tasks
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,

    /// Reject each request that the spec does not allow, even if Graph may tolerate it
    #[arg(long)]
    strict: bool,

    /// Accept odd tasks in --tasks: duplicate or invalid IDs, values that the schema does not allow
    #[arg(long)]
    unchecked: bool,

    /// Accept only this bearer token, for operations that its roles may call; repeatable. Default: any token
    #[arg(long, value_name = "TOKEN[:ROLE,...]", value_parser = accepted_token)]
    accept_token: Vec<(String, Vec<String>)>,

    /// Accept requests to this host name too; repeatable. Default: localhost and the address to listen on
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// Allow pages of this origin to call the emulator (CORS), such as http://localhost:3000; * for all; repeatable
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,

    /// How long a response action is in progress
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    action_delay: Duration,

    /// Time for which reads do not return a change
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    read_lag: Duration,

    /// Accept this many requests per token and time, such as 150/60; more get a 429
    #[arg(long, value_name = "REQUESTS/SECONDS", value_parser = limit)]
    throttle: Option<(u32, Duration)>,

    /// Inject a fault into a random part of the requests, such as gateway-bad=0.1
    #[arg(long, value_name = "FAULT=RATE", value_parser = rate)]
    fault_rate: Vec<(Fault, f64)>,

    /// Inject a fault into each request about a task, such as 213213=reset
    #[arg(long, value_name = "ID=FAULT", value_parser = task_fault)]
    fault_task: Vec<(String, Fault)>,

    /// Print the faults, and exit
    #[arg(long)]
    list_faults: bool,

    /// Format of --list-faults. Default: table
    #[arg(short, long, value_name = "FORMAT", requires = "list_faults")]
    output: Option<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    SelfSigned,
}

impl Arguments {
    pub(crate) async fn run(self, interruption: &mut Interruption) -> Result<(), Failure> {
        if self.list_faults {
            return list_faults(self.output.unwrap_or(Format::Table));
        }
        let (ca, dump) = (self.ca.clone(), self.dump.clone());
        // A file that cannot be written is reported now rather than at the end.
        let dump = dump.map(|file| temporary(&file).map(|temporary| (file, temporary))).transpose()?;
        let emulator = self.builder()?.start().await?;
        if let (Some(file), Some(pem)) = (&ca, emulator.ca_pem()) {
            replace(file, temporary(file)?, pem.as_bytes())?;
        }
        print_line(&emulator.url())?;
        interruption.next().await;
        if let Some((file, temporary)) = dump {
            replace(&file, temporary, emulator.dump().as_bytes())?;
        }
        emulator.shutdown().await?;
        eprint_line("stopped");
        Ok(())
    }

    fn builder(self) -> Result<EmulatorBuilder, io::Error> {
        let mut builder = Emulator::builder()
            .port(self.port)
            .address(self.address)
            .generated_tasks(self.generate)
            .seed(self.seed)
            .action_delay(self.action_delay)
            .read_lag(self.read_lag);
        if self.allow_remote {
            builder = builder.allow_remote();
        }
        if self.strict {
            builder = builder.strict();
        }
        if self.unchecked {
            builder = builder.unchecked();
        }
        for (token, roles) in self.accept_token {
            builder = builder.accept_token_with_roles(token, roles);
        }
        builder = self.allow_host.iter().fold(builder, |builder, name| builder.allow_host(name));
        builder = self.allow_origin.into_iter().fold(builder, |builder, origin| builder.allow_origin(origin));
        if let Some(Tls::SelfSigned) = self.tls {
            builder = builder.tls();
        }
        if let Some(file) = &self.tasks {
            builder = builder.tasks_json(std::fs::read_to_string(file).map_err(|error| about(file, &error))?);
        }
        if let Some(scenario) = self.scenario {
            builder = with_scenario(builder, &(scenario, self.speed))?;
        }
        if let Some((requests, window)) = self.throttle {
            builder = builder.throttle(requests, window);
        }
        builder = self.fault_rate.into_iter().fold(builder, |builder, (fault, rate)| builder.fault_rate(fault, rate));
        Ok(self.fault_task.into_iter().fold(builder, |builder, (id, fault)| builder.fault_of_task(id, fault)))
    }
}

fn list_faults(format: Format) -> Result<(), Failure> {
    let faults = Fault::ALL.iter();
    let texts = |fault: &Fault| [fault.name(), fault.description(), fault.source()];
    let json = |fault: &Fault| {
        let [name, description, source] = texts(fault);
        json!({ "name": name, "description": description, "source": source })
    };
    print_text(&match format {
        Format::Table => faults
            .map(texts)
            .map(|[name, text, source]| format!("{name:27} {text}\n{:27} from {source}\n", ""))
            .collect(),
        Format::Json => format!("{:#}\n", faults.map(json).collect::<serde_json::Value>()),
        Format::Jsonl => faults.map(|fault| format!("{}\n", json(fault))).collect(),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for record in std::iter::once(["name", "description", "source"]).chain(faults.map(texts)) {
                writer.write_record(record).map_err(io::Error::other)?;
            }
            String::from_utf8_lossy(&writer.into_inner().map_err(|error| error.into_error())?).into_owned()
        }
    })
}

fn limit(text: &str) -> Result<(u32, Duration), String> {
    let limit =
        text.split_once('/').and_then(|(requests, window)| Some((requests.parse().ok()?, seconds(window).ok()?)));
    limit.filter(|(_, window)| !window.is_zero()).ok_or_else(|| "must be REQUESTS/SECONDS, such as 150/60".to_owned())
}

/// Splits a token and its roles: a bearer token has no colon (RFC 6750).
fn accepted_token(text: &str) -> Result<(String, Vec<String>), String> {
    let (token, roles) = text.split_once(':').unwrap_or((text, ""));
    if token.is_empty() {
        return Err("must be TOKEN or TOKEN:ROLE, such as TOKEN:Security Reader".to_owned());
    }
    let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned);
    Ok((token.to_owned(), roles.collect()))
}

fn rate(text: &str) -> Result<(Fault, f64), String> {
    let (fault, rate) = text.split_once('=').ok_or("must be FAULT=RATE, such as gateway-bad=0.1")?;
    let rate = rate.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).ok_or("the rate must be from 0 to 1")?;
    Ok((fault.parse::<Fault>().map_err(|unknown| unknown.to_string())?, rate))
}

fn task_fault(text: &str) -> Result<(String, Fault), String> {
    let (id, fault) = text.split_once('=').ok_or("must be ID=FAULT, such as 213213=reset")?;
    Ok((id.to_owned(), fault.parse::<Fault>().map_err(|unknown| unknown.to_string())?))
}
