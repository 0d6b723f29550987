//! Addresses in logs.

/// The address without what may be a secret in it: user information, and the values of its query.
///
/// Signed links of object stores carry their signature in the query.
#[must_use]
pub fn without_secrets(uri: &str) -> String {
    let (before, query) = match uri.split_once('?') {
        Some((before, _)) => (before, "?…"),
        None => (uri, ""),
    };
    let plain = match before.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => before.to_owned(),
    };
    format!("{plain}{query}")
}

/// Does the address hold user information?
#[must_use]
pub fn has_userinfo(uri: &str) -> bool {
    let Some((_, rest)) = uri.split_once("://") else { return false };
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_and_query_values_are_left_out_and_the_rest_stays() {
        for (uri, shown) in [
            ("http://files/a.iso", "http://files/a.iso"),
            ("nfs://u:p@10.0.0.1/share/a.iso", "nfs://10.0.0.1/share/a.iso"),
            ("https://[fe80::1]:8443/a@b.iso?sig=s3cret&x=1", "https://[fe80::1]:8443/a@b.iso?…"),
            ("//server/share/a.iso", "//server/share/a.iso"),
        ] {
            assert_eq!(without_secrets(uri), shown);
        }
        assert!(has_userinfo("nfs://u:p@10.0.0.1/x") && !has_userinfo("http://files/a@b.iso"));
    }
}
