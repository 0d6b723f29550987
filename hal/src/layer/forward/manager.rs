//! What changes the management controller.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Intercept, Layered, Safety, forward};
use crate::*;

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Manager for Layered<I> {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        forward!(self, cx, manager.info(), Safety::Read, Value::Null)
    }
    fn resets(&self) -> &[ManagerReset] {
        self.inner.manager().map_or(&[], |manager| manager.resets())
    }
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        forward!(self, cx, manager.reset(how), Safety::Mutating, json!(how))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> ManagerConfig for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<ManagerSettings> {
        forward!(self, cx, manager_config.read(), Safety::Read, Value::Null)
    }
    fn settings(&self) -> &[ManagerSetting] {
        self.inner.manager_config().map_or(&[], |config| config.settings())
    }
    async fn change(&self, cx: &Cx, change: &ManagerChange) -> Result<Outcome<Staged>> {
        forward!(self, cx, manager_config.change(change), Safety::Idempotent, json!(change))
    }
    fn factory_resets(&self) -> &[FactoryReset] {
        self.inner.manager_config().map_or(&[], |config| config.factory_resets())
    }
    async fn factory_reset(&self, cx: &Cx, keep: FactoryReset) -> Result<Outcome<Staged>> {
        forward!(self, cx, manager_config.factory_reset(keep), Safety::Destructive, json!(keep))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Certificates for Layered<I> {
    async fn list(&self, cx: &Cx) -> Result<Vec<CertificateInfo>> {
        forward!(self, cx, certificates.list(), Safety::Read, Value::Null)
    }
    async fn generate_csr(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>> {
        forward!(self, cx, certificates.generate_csr(request), Safety::Mutating, json!(request))
    }
    async fn install(&self, cx: &Cx, certificate: Option<String>, pem: &str) -> Result<Outcome<Staged>> {
        let arguments = json!({ "certificate": certificate, "pem": pem });
        let certificate = &certificate;
        forward!(self, cx, certificates.install(certificate.clone(), pem), Safety::Mutating, arguments)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Accounts for Layered<I> {
    async fn list(&self, cx: &Cx) -> Result<Vec<Account>> {
        forward!(self, cx, accounts.list(), Safety::Read, Value::Null)
    }
    async fn policy(&self, cx: &Cx) -> Result<AccountPolicy> {
        forward!(self, cx, accounts.policy(), Safety::Read, Value::Null)
    }
    async fn create(&self, cx: &Cx, account: &NewAccount) -> Result<Outcome<AccountId>> {
        let arguments = json!({ "name": account.name, "role": account.role, "enabled": account.enabled });
        forward!(self, cx, accounts.create(account), Safety::Mutating, arguments)
    }
    async fn change(&self, cx: &Cx, account: &AccountId, change: &AccountChange) -> Result<Outcome<Change>> {
        let arguments = json!({ "account": account, "change": change });
        forward!(self, cx, accounts.change(account, change), Safety::Idempotent, arguments)
    }
    async fn set_password(
        &self,
        cx: &Cx,
        account: &AccountId,
        password: &SecretString,
    ) -> Result<Outcome<Change>> {
        forward!(self, cx, accounts.set_password(account, password), Safety::Mutating, json!(account))
    }
    async fn remove(&self, cx: &Cx, account: &AccountId) -> Result<Outcome<Change>> {
        forward!(self, cx, accounts.remove(account), Safety::Mutating, json!(account))
    }
    /// A login that is refused counts towards a lockout: no policy may repeat it as it repeats reads.
    async fn verify_password(&self, cx: &Cx, name: &str, password: &SecretString) -> Result<bool> {
        forward!(self, cx, accounts.verify_password(name, password), Safety::Mutating, json!(name))
    }
}
