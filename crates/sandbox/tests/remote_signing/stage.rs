//! A provider on a port of its own, and a client of it.
use crate::support::{made_at, world};
use procura_keys::{
    Http,
    csc::{CscError, CscSigner, Secret, Settings},
};
use procura_sandbox::{
    csc::{self, Behaviour, Credential, Provider},
    world::Party,
};
use procura_service::{GuardedClient, Purpose, guarded::GuardedConfig};
use procura_testkit::FixedClock;
use std::{sync::Arc, time::Duration};
use url::Url;

pub(crate) const CLIENT_SECRET: &str = "client-secret-of-goodair";
pub(crate) const PIN: &str = "pin-of-goodair";

pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) clock: FixedClock,
    pub(crate) client: GuardedClient,
    /// Of a client that can sign.
    pub(crate) settings: Settings,
}

pub(crate) fn seal() -> Credential {
    Credential::of(world(), Party::GoodAirSeal).unwrap()
}

impl Stage {
    /// With `GoodAir`'s seal, which asks for a PIN.
    pub(crate) async fn new() -> Self {
        Self::with(vec![seal().with_pin(PIN)], |_| ()).await
    }

    pub(crate) async fn with(credentials: Vec<Credential>, change: impl FnOnce(&mut csc::Settings)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut offered = csc::Settings::new(origin.parse().unwrap(), "goodair", CLIENT_SECRET);
        change(&mut offered);
        let clock = FixedClock::at(made_at());
        let dialect = offered.dialect;
        let provider = Provider::new(offered, credentials, Arc::new(clock.clone()));
        let router = provider.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let version = provider.base_url().rsplit_once("/csc/").unwrap().1.to_owned();
        let base: Url = format!("{origin}/csc/{version}").parse().unwrap();
        let mut settings = Settings::new(base, "goodair", Secret::new(CLIENT_SECRET));
        settings.dialect = dialect;
        settings.pin = Some(Secret::new(PIN));
        settings.poll_interval = Duration::from_millis(1);
        let config = GuardedConfig {
            development_origins: [origin].into(),
            extra_roots_pem: vec![],
        };
        Self {
            provider,
            clock,
            client: GuardedClient::new(config).unwrap(),
            settings,
        }
    }

    pub(crate) fn http(&self) -> Arc<dyn Http> {
        Arc::new(self.client.transport(Purpose::RemoteSigning))
    }

    pub(crate) async fn open(&self) -> Result<CscSigner, CscError> {
        CscSigner::open(self.settings.clone(), self.http(), made_at()).await
    }

    /// Opens, then goes wrong, then signs.
    pub(crate) async fn signs_while(&self, change: impl FnOnce(&mut Behaviour)) -> Result<Vec<u8>, CscError> {
        let signer = self.open().await.unwrap();
        self.provider.behave(change);
        signer.signature(b"what is sealed").await
    }

    pub(crate) fn seen(&self, methods: [&str; 4]) -> [usize; 4] {
        methods.map(|method| self.provider.seen(method))
    }

    /// Calls of `oauth2/token`, `credentials/authorize`, `signatures/signHash`, and signatures that were made.
    pub(crate) fn counts(&self) -> [usize; 4] {
        let [token, authorize, sign, _] = self.seen([
            "oauth2/token",
            "credentials/authorize",
            "signatures/signHash",
            "info",
        ]);
        [token, authorize, sign, self.provider.signatures_made()]
    }
}
