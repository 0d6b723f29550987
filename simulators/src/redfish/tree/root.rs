//! The service root, the OData documents and the registries.

use std::fmt::Write;

use serde_json::{Value, json};

use super::schemas::{COLLECTIONS, VERSIONS, own_version};
use super::{Scene, bios, certificate_service, collection, link, with};
use crate::redfish::messages::BASE_VERSION;
use crate::redfish::quirks::Quirk;
use crate::redfish::registries;

/// Where the Base registry itself lies.
pub(super) const BASE_REGISTRY: &str = "/redfish/v1/Registries/Base/Base.json";

pub(super) fn service_root(scene: &Scene<'_>) -> Value {
    let data = scene.data;
    let query = data.query;
    let mut root = with(
        scene.resource("/redfish/v1/", "ServiceRoot", "RootService", "Root Service"),
        json!({
            "RedfishVersion": data.version,
            "UUID": scene.spec().uuid_text(),
            "Vendor": data.vendor,
            "Product": data.product,
            "ProtocolFeaturesSupported": {
                "DeepOperations": { "DeepPATCH": false, "DeepPOST": false },
                "ExcerptQuery": query.excerpt,
                "ExpandQuery": {
                    "ExpandAll": query.expand_levels > 0,
                    "Levels": query.expand_levels > 0,
                    "Links": query.expand_levels > 0,
                    "NoLinks": query.expand_levels > 0,
                    "MaxLevels": query.expand_levels.max(1),
                },
                "FilterQuery": query.filter,
                "OnlyMemberQuery": query.only,
                "SelectQuery": query.select,
            },
            "Systems": link("/redfish/v1/Systems"),
            "Chassis": link("/redfish/v1/Chassis"),
            "Managers": link("/redfish/v1/Managers"),
            "Tasks": link("/redfish/v1/TaskService"),
            "EventService": link("/redfish/v1/EventService"),
            "UpdateService": link("/redfish/v1/UpdateService"),
            "SessionService": link("/redfish/v1/SessionService"),
            "AccountService": link("/redfish/v1/AccountService"),
            "Registries": link("/redfish/v1/Registries"),
            "Links": { "Sessions": link("/redfish/v1/SessionService/Sessions") },
        }),
    );
    if data.certificates.offered {
        root["CertificateService"] = link(certificate_service::SERVICE);
    }
    if let Value::Object(fields) = &mut root {
        if scene.quirks.has(Quirk::NoVendor) || data.vendor.is_empty() {
            fields.remove("Vendor");
        }
        if data.product.is_empty() {
            fields.remove("Product");
        }
        if scene.quirks.has(Quirk::NoRootLinks) {
            fields.retain(|name, _| !matches!(name.as_str(), "Systems" | "Chassis"));
        }
    }
    root
}

/// The OData service document: what lies directly under the root.
pub(super) fn odata(scene: &Scene<'_>) -> Value {
    let root = service_root(scene);
    let children = root.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let url = value.get("@odata.id")?;
        Some(json!({ "name": name, "kind": "Singleton", "url": url }))
    });
    let mut value = vec![json!({ "name": "Service", "kind": "Singleton", "url": "/redfish/v1/" })];
    value.extend(children);
    value.push(
        json!({ "name": "Sessions", "kind": "Singleton", "url": "/redfish/v1/SessionService/Sessions" }),
    );
    json!({ "@odata.context": "/redfish/v1/$metadata", "value": value })
}

/// The CSDL document that names every schema in use (DSP0266, "OData metadata").
pub(super) fn metadata(scene: &Scene<'_>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\n",
    );
    for (schema, _) in VERSIONS {
        let version = scene.data.schema(schema, own_version(schema));
        include(&mut out, schema, &[schema, &format!("{schema}.{version}")]);
    }
    for schema in COLLECTIONS {
        let schema = format!("{schema}Collection");
        include(&mut out, &schema, &[&schema]);
    }
    for schema in ["Resource", "Message", "MessageRegistry", "RedfishError", "PhysicalContext"] {
        include(&mut out, schema, &[schema]);
    }
    let root = scene.data.schema("ServiceRoot", own_version("ServiceRoot"));
    let _infallible = write!(
        out,
        "  <edmx:DataServices>\n    \
         <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"Service\">\n      \
         <EntityContainer Name=\"Service\" Extends=\"ServiceRoot.{root}.ServiceContainer\"/>\n    \
         </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n"
    );
    out
}

fn include(out: &mut String, file: &str, namespaces: &[&str]) {
    let _infallible =
        writeln!(out, "  <edmx:Reference Uri=\"http://redfish.dmtf.org/schemas/v1/{file}_v1.xml\">");
    for namespace in namespaces {
        let _infallible = writeln!(out, "    <edmx:Include Namespace=\"{namespace}\"/>");
    }
    out.push_str("  </edmx:Reference>\n");
}

pub(super) fn registries(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => {
            let bios = bios::is_there(scene).then(|| scene.data.bios.registry_file.clone());
            let files = ["Base".to_owned()].into_iter().chain(registries::prefixes()).chain(bios);
            Some(collection(path, "MessageRegistryFile", "Registry Collection", files))
        }
        [file] if bios::is_there(scene) && *file == scene.data.bios.registry_file => {
            Some(bios::registry_file(scene, path))
        }
        [prefix] if let Some(file) = registries::file(prefix) => {
            let name = format!("{prefix} Message Registry File");
            Some(with(scene.resource(path, "MessageRegistryFile", prefix, &name), file))
        }
        ["Base"] => {
            let version = BASE_VERSION.rsplit_once('.').map_or(BASE_VERSION, |(short, _)| short);
            Some(with(
                scene.resource(path, "MessageRegistryFile", "Base", "Base Message Registry File"),
                json!({
                    "Registry": format!("Base.{version}"),
                    "Languages": ["en"],
                    "Location": [{ "Language": "en", "Uri": BASE_REGISTRY }],
                }),
            ))
        }
        _ => None,
    }
}
