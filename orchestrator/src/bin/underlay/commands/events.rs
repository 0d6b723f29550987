//! `underlay events`.

use std::{
    collections::BTreeMap,
    future::Future,
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};
use underlay_drivers::EventReceiver;
use underlay_hal::{
    Cursor, Cx, Error, Event, EventDelivery, Events as EventsFacet, Opened, Outcome, Result, Subscription,
    SubscriptionId, may_pass,
};

use super::change::{Done, Mutation, Step};
use crate::{
    cli::{Events, EventsWatch, Format, Wait},
    context::{Context, Failure, actor, close},
    output::{exit_code, explain, or_dash, print, print_if, say},
};

/// Longest wait of one look at a stream.
const LOOK: Duration = Duration::from_secs(30);
/// Pause before a stream that broke is looked at again.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
struct Subscriptions {
    subscriptions: Vec<Subscription>,
}

pub(super) async fn run(context: &Context, command: &Events) -> std::result::Result<ExitCode, Failure> {
    match command {
        Events::Watch(arguments) => watch(context, arguments).await,
        Events::Subscriptions { select } => subscriptions(context, select).await,
        Events::Unsubscribe { device, subscription } => {
            let mutation = Mutation::harmless(context, "events unsubscribe", Wait::default());
            let id = &SubscriptionId::from(subscription.as_str());
            let act = async |step: &Step, ()| {
                step.changed(facet(step.device())?.unsubscribe(&step.cx, id).await?).await
            };
            let answers = mutation.run(device, async |_| Ok(()), |()| Vec::new(), act).await?;
            Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| {
                vec![vec![done.words()]]
            }))
        }
        Events::Test { select } => {
            let mutation = Mutation::harmless(context, "events test", Wait::default());
            let act =
                async |step: &Step, ()| step.changed(facet(step.device())?.send_test(&step.cx).await?).await;
            let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
            Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| {
                vec![vec![done.words()]]
            }))
        }
    }
}

fn facet(device: &dyn underlay_hal::Device) -> Result<&dyn EventsFacet> {
    device.events().ok_or_else(|| Error::unsupported("events.next"))
}

async fn subscriptions(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "events subscriptions", |cx: Cx, opened: Arc<Opened>| async move {
            Ok(Subscriptions { subscriptions: facet(&*opened.device)?.subscriptions(&cx).await? })
        })
        .await?;
    Ok(print(context.output, &["device", "subscription", "destination", "context"], &answers, |answer| {
        let rows = answer
            .subscriptions
            .iter()
            .map(|one| vec![one.id.to_string(), one.destination.clone(), or_dash(one.context.as_deref())]);
        rows.collect()
    }))
}

/// Prints events, and tells when there have been enough.
struct Printer {
    format: Format,
    left: AtomicUsize,
}

impl Printer {
    /// Prints events of a device; false when enough have been printed.
    fn print(&self, device: &str, events: &[Event]) -> bool {
        for event in events {
            let left =
                self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if left.is_err() {
                return false;
            }
            match self.format {
                Format::Json => {
                    let mut object = json!({ "device": device });
                    if let (Value::Object(object), Ok(Value::Object(fields))) =
                        (&mut object, serde_json::to_value(event))
                    {
                        object.extend(fields);
                    }
                    say!("{object}");
                }
                Format::Table => {
                    let at = or_dash(event.at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()));
                    say!("{at:20}  {device:10}  {:8}  {}", event.severity.as_str(), event.text);
                }
            }
        }
        self.left.load(Ordering::Relaxed) > 0
    }

    /// Events of a device may be missing.
    fn gap(&self, device: &str, why: &str) {
        match self.format {
            Format::Json => say!("{}", json!({ "device": device, "gap": why })),
            Format::Table => eprintln!("{device}: events may be missing: {why}"),
        }
    }
}

async fn watch(context: &Context, arguments: &EventsWatch) -> std::result::Result<ExitCode, Failure> {
    let names = context.select(&arguments.select)?;
    let printer =
        Printer { format: context.output, left: AtomicUsize::new(arguments.count.unwrap_or(usize::MAX)) };
    let mut cx = Cx::new(actor(), "events watch");
    if let Some(limit) = arguments.limit {
        cx = cx.within(Duration::from_secs(limit));
    }
    let watcher = cx.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            watcher.cancel();
        }
    });
    let all_well = match arguments.listen {
        Some(address) => pushed(context, &cx, &names, address, arguments.plain, &printer).await?,
        None => streamed(context, &cx, &names, &printer).await,
    };
    interrupt.abort();
    Ok(exit_code(all_well))
}

/// Does something with each device for as long as its session lasts.
async fn with_each<F: Future<Output = Result<()>>>(
    context: &Context,
    names: &[String],
    work: impl Fn(String, Arc<Opened>) -> F,
) -> bool {
    let jobs = names.iter().map(|name| {
        let work = &work;
        async move {
            let cx = context.cx("events");
            let result = match context.open(&cx, name).await {
                Ok(opened) => {
                    let result = work(name.clone(), opened.clone()).await;
                    close(&cx, name, &opened).await;
                    result
                }
                Err(error) => Err(error),
            };
            if let Err(error) = &result {
                eprintln!("{}", explain(name, error));
            }
            result.is_ok()
        }
    });
    join_all(jobs).await.into_iter().all(|well| well)
}

/// Reads the streams of the devices.
async fn streamed(context: &Context, cx: &Cx, names: &[String], printer: &Printer) -> bool {
    with_each(context, names, |name, opened| async move {
        let events = facet(&*opened.device)?;
        if !events.deliveries().contains(&EventDelivery::Stream) {
            let message = "the device has no stream of events; have them pushed with --listen ADDRESS:PORT";
            return Err(Error::new(underlay_hal::ErrorKind::Unsupported, message));
        }
        let mut cursor: Option<Cursor> = None;
        while cx.check().is_ok() {
            match events.next(cx, cursor.clone(), LOOK).await {
                Ok(batch) => {
                    if let Some(why) = &batch.gap {
                        printer.gap(&name, why);
                    }
                    cursor = batch.cursor.or(cursor);
                    if !printer.print(&name, &batch.events) {
                        cx.cancel();
                    }
                }
                Err(_) if cx.check().is_err() => break,
                Err(error) if may_pass(&error) => {
                    printer.gap(&name, &error.report());
                    if cx.sleep(PAUSE).await.is_err() {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
    .await
}

/// Has the devices push their events here.
async fn pushed(
    context: &Context,
    cx: &Cx,
    names: &[String],
    address: SocketAddr,
    plain: bool,
    printer: &Printer,
) -> std::result::Result<bool, Failure> {
    let mut receiver = if plain {
        EventReceiver::bind(address).await?
    } else {
        // Controllers do not check whose it is, and many send to nothing but HTTPS.
        let made = rcgen::generate_simple_self_signed([address.ip().to_string()])?;
        EventReceiver::bind_tls(address, &made.cert.pem(), &made.signing_key.serialize_pem()).await?
    };
    if address.ip().is_unspecified() {
        return Err(Failure(format!("--listen {address}: an address is wanted that the controllers reach")));
    }
    let destination = receiver.destination(&address.ip().to_string());
    let (destination, ended) = (&destination, cx.clone());
    let subscriptions = with_each(context, names, |name, opened| {
        let ended = ended.clone();
        async move {
            let call = context.cx("events watch");
            let events = facet(&*opened.device)?;
            let id = match events.subscribe(&call, destination, &name).await? {
                Outcome::Done(id) => id,
                Outcome::Running(_) => return Err(Error::unsupported("events.subscribe")),
            };
            eprintln!("{name}: subscribed as {id}");
            ended.token().cancelled().await;
            let leave = context.cx("events watch");
            let _ = events.unsubscribe(&leave, &id).await?;
            Ok(())
        }
    });
    let subscribed = async {
        let all_well = subscriptions.await;
        // Nobody is left to send anything.
        cx.cancel();
        all_well
    };
    let known: BTreeMap<&str, ()> = names.iter().map(|name| (name.as_str(), ())).collect();
    let received = async {
        loop {
            let Ok(Some(message)) = cx.run(receiver.next()).await else { break };
            // The word of the subscription says whose it is; an address would not do behind a translator.
            let word = message.context.as_deref().filter(|word| known.contains_key(word));
            let device = word.map_or_else(|| message.from.ip().to_string(), str::to_owned);
            if !printer.print(&device, &message.events) {
                break;
            }
        }
        cx.cancel();
    };
    let (all_well, ()) = tokio::join!(subscribed, received);
    Ok(all_well)
}
