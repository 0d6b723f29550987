//! `underlay bmc certificate`.

use std::{path::Path, process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    CertificateInfo, Certificates, Csr, CsrRequest, Cx, Error, ErrorKind, Opened, Outcome, Result,
};

use super::{Code, row_of};
use crate::{
    cli::{Certificate, CertificateRequest, Format, Wait},
    commands::change::{Mutation, Step},
    context::{Context, read_text},
    output::{explain, or_dash, print, print_if, say_text},
};

#[derive(Debug, Serialize)]
struct List {
    certificates: Vec<CertificateInfo>,
}

pub(super) async fn run(context: &Context, command: &Certificate) -> Code {
    match command {
        Certificate::List { select } => list(context, select).await,
        Certificate::Request(arguments) => request(context, arguments).await,
        Certificate::Install { select, file, replace } => {
            install(context, select, file, replace.as_ref()).await
        }
    }
}

fn facet(device: &dyn underlay_hal::Device) -> Result<&dyn Certificates> {
    device.certificates().ok_or_else(|| Error::unsupported("certificates.list"))
}

async fn list(context: &Context, select: &str) -> Code {
    let answers = context
        .each(select, "bmc certificate list", |cx: Cx, opened: Arc<Opened>| async move {
            Ok(List { certificates: facet(&*opened.device)?.list(&cx).await? })
        })
        .await?;
    let headings = ["device", "certificate", "subject", "issuer", "until"];
    Ok(print(context.output, &headings, &answers, |list| {
        let rows = list.certificates.iter().map(|one| {
            vec![
                one.id.clone(),
                or_dash(one.subject.as_deref()),
                or_dash(one.issuer.as_deref()),
                or_dash(one.not_after.map(|at| at.strftime("%Y-%m-%d").to_string())),
            ]
        });
        rows.collect()
    }))
}

async fn request(context: &Context, arguments: &CertificateRequest) -> Code {
    let wanted = &CsrRequest {
        common_name: arguments.common_name.clone(),
        alternative_names: arguments.alternative_names.clone(),
        organization: arguments.organization.clone(),
        organizational_unit: arguments.unit.clone(),
        city: arguments.city.clone(),
        state: arguments.state.clone(),
        country: arguments.country.clone(),
        key_algorithm: None,
        key_bits: None,
    };
    let answers = context
        .each(&arguments.select, "bmc certificate request", |cx: Cx, opened: Arc<Opened>| async move {
            match facet(&*opened.device)?.generate_csr(&cx, wanted).await? {
                Outcome::Done(csr) => Ok(csr),
                Outcome::Running(task) => {
                    let message = format!("the controller works on it as task {}", task.id);
                    Err(Error::new(ErrorKind::Busy, message))
                }
            }
        })
        .await?;
    if context.output == Format::Json {
        return Ok(print(context.output, &[], &answers, |_: &Csr| Vec::new()));
    }
    // For people it is a file: `underlay … > node01.csr`.
    for answer in &answers {
        match &answer.result {
            Ok(csr) => say_text(&format!("{}\n", csr.pem.trim_end())),
            Err(error) => eprintln!("{}", explain(&answer.device, error)),
        }
    }
    Ok(crate::output::exit_code(answers.iter().all(|answer| answer.result.is_ok())))
}

async fn install(context: &Context, select: &str, file: &Path, replace: Option<&String>) -> Code {
    let pem = &read_text(file)?;
    let mutation = Mutation::harmless(context, "bmc certificate install", Wait::default());
    let act = async |step: &Step, ()| {
        step.staged(facet(step.device())?.install(&step.cx, replace.cloned(), pem).await?).await
    };
    let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
    Ok::<ExitCode, _>(print_if(context.output, &["device", "change"], answers, row_of))
}
