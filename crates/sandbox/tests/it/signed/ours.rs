//! What the clients' own signer signs, the sandbox accepts, and nothing that was changed since.

use std::time::SystemTime;

use bytes::Bytes;
use cloudbackup_cbr_client::Client as Cbr;
use cloudbackup_runtime::auth::{AccessKeys, Credentials, PasswordLogin, SigningScope, sign};
use cloudbackup_runtime::{ErrorKind, Outcome, ServiceClient};
use cloudbackup_sandbox::{Fault, Sandbox};
use cloudbackup_vbs_client::Client as Vbs;
use fastrand::Rng;

use super::altered::{CASES, CHANGES, altered, draft, places};
use super::signer::{Draft, Signed, Signer};
use super::{assert_accepted, assert_refused};

impl Signer {
    fn keys(&self) -> AccessKeys {
        let keys = AccessKeys::new(self.access.as_str(), self.secret.as_str());
        match &self.security_token {
            Some(token) => keys.with_security_token(token.as_str()),
            None => keys,
        }
    }

    /// Signs as the clients do.
    fn sign_by_client(&self, draft: &Draft) -> Signed {
        let mut target = format!("http://127.0.0.1{}", draft.path());
        if !draft.query.is_empty() {
            target = format!("{target}?{}", draft.query());
        }
        let mut request = http::Request::builder()
            .method(draft.method.as_str())
            .uri(target);
        for (name, value) in &draft.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Bytes::from(draft.body.clone())).unwrap();
        let scope = match &self.project_id {
            Some(id) => SigningScope::Project(id),
            None => SigningScope::None,
        };
        sign(&mut request, &self.keys(), scope, SystemTime::now()).unwrap();
        let headers = request.headers().iter();
        Signed {
            method: draft.method.clone(),
            path: draft.path(),
            query: draft.query(),
            headers: headers
                .map(|(name, value)| {
                    // The name that the altered requests look for is written as in the rules.
                    let name = match name.as_str() {
                        "authorization" => "Authorization",
                        other => other,
                    };
                    (name.to_owned(), value.to_str().unwrap().to_owned())
                })
                .collect(),
            body: draft.body.clone(),
        }
    }
}

#[tokio::test]
async fn what_the_clients_sign_is_accepted_and_any_changed_byte_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = [Signer::lasting(&sandbox), Signer::temporary(&sandbox)];
    for case in 0..CASES {
        let mut rng = Rng::with_seed(case);
        let draft = draft(&sandbox, &mut rng);
        let signed = rng.choice(&keys).unwrap().sign_by_client(&draft);
        assert_accepted(&sandbox, &signed).await;
        for place in rng.choose_multiple(places(&signed), CHANGES) {
            let altered = altered(&signed, place, &mut rng);
            assert_refused(&sandbox, &altered).await;
        }
    }
}

fn client<C: ServiceClient>(sandbox: &Sandbox, credentials: Credentials) -> C {
    let endpoint = sandbox.endpoint(C::SERVICE.name()).unwrap();
    let builder = cloudbackup_runtime::ClientBuilder::<C>::new().endpoint(endpoint);
    let builder = builder.iam_endpoint(sandbox.endpoint("iam").unwrap());
    builder
        .region("eu-de")
        .credentials(credentials)
        .build()
        .unwrap()
}

#[tokio::test]
async fn clients_sign_in_with_keys_and_find_their_project() {
    let sandbox = Sandbox::start().await.unwrap();
    for signer in [Signer::lasting(&sandbox), Signer::temporary(&sandbox)] {
        let credentials = Credentials::access_keys(signer.keys());
        let cbr: Cbr = client(&sandbox, credentials.clone());
        let listed = cbr.list_backups().send().await.unwrap();
        assert_eq!(listed.count, Some(1));
        let vbs: Vbs = client(&sandbox, credentials);
        vbs.list_backup_policies().send().await.unwrap();
    }
}

#[tokio::test]
async fn clients_sign_in_with_a_password_and_go_on_when_the_token_ends() {
    let sandbox = Sandbox::start().await.unwrap();
    let known = sandbox.credentials();
    let login = PasswordLogin::new(
        known.domain_name.as_str(),
        known.user_name.as_str(),
        known.password.clone(),
    );
    let ends: [&dyn Fn(); 2] = [
        // The sandbox's clock goes on by a day, the client's does not: the service refuses the token.
        &|| sandbox.advance(std::time::Duration::from_secs(25 * 3600)),
        &|| sandbox.fault(Fault::expired_token().on("cbr", "list_backups")),
    ];
    for end in ends {
        let cbr: Cbr = client(&sandbox, Credentials::password(login.clone()));
        assert_eq!(cbr.list_backups().send().await.unwrap().count, Some(1));
        end();
        assert_eq!(cbr.list_backups().send().await.unwrap().count, Some(1));
    }
}

#[tokio::test]
async fn wrong_secrets_are_told_and_do_not_lock_the_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let known = sandbox.credentials();
    let login = PasswordLogin::new(
        known.domain_name.as_str(),
        known.user_name.as_str(),
        "guess",
    );
    let cbr: Cbr = client(&sandbox, Credentials::password(login));
    for _ in 0..3 {
        let error = cbr.list_backups().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.to_string().contains("password is wrong"), "{error}");
    }

    let wrong = AccessKeys::new(known.access_key.as_str(), "guess");
    let project = sandbox.project_id("eu-de").unwrap();
    let cbr: Cbr = client(&sandbox, Credentials::access_keys(wrong));
    for attempt in 0..8 {
        let call = cbr.list_backups().with_project_id(project);
        let error = call.send().await.unwrap_err();
        let sent = attempt < 3;
        assert_eq!(
            error.kind() == ErrorKind::Service,
            sent,
            "{attempt}: {error}"
        );
        assert!(error.is_auth(), "{error}");
    }
    // Three wrong signatures are fewer than five: the key still works for those who know it.
    let right = Credentials::access_keys(Signer::lasting(&sandbox).keys());
    let cbr: Cbr = client(&sandbox, right);
    cbr.list_backups().send().await.unwrap();
}

#[tokio::test]
async fn clock_that_is_off_is_learned_from_the_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let credentials = Credentials::access_keys(Signer::lasting(&sandbox).keys());
    let cbr: Cbr = client(&sandbox, credentials);
    for skew in [-3600, 3600] {
        // At the call and at its repetition.
        sandbox.fault(Fault::clock_skew(skew).on("cbr", "list_backups").times(2));
        assert_eq!(cbr.list_backups().send().await.unwrap().count, Some(1));
        // What was learned is wrong again now, and unlearned.
        assert_eq!(cbr.list_backups().send().await.unwrap().count, Some(1));
    }
}

/// Project or account, by id or by name: all four are ways to be let in.
#[tokio::test]
async fn clients_say_what_a_token_is_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let known = sandbox.credentials();
    let login = || {
        let (domain, user) = (known.domain_name.as_str(), known.user_name.as_str());
        PasswordLogin::new(domain, user, known.password.clone())
    };
    let home = sandbox.project_id("eu-de").unwrap();
    let other = sandbox.project_id("eu-nl").unwrap();
    for (login, projects) in [
        (login(), [true, false]),
        (login().for_project("eu-nl"), [false, true]),
        (login().for_domain(), [true, true]),
        (
            login().for_domain_id(known.domain_id.as_str()),
            [true, true],
        ),
    ] {
        // Not told a project, so that the login decides.
        let cbr: Cbr = client(&sandbox, Credentials::password(login.clone()));
        for (project, is_let_in) in [home, other].into_iter().zip(projects) {
            let found = cbr
                .show_backup("none")
                .with_project_id(project)
                .send()
                .await;
            let error = found.unwrap_err();
            let status = error.status().map(|status| status.as_u16());
            let expected = if is_let_in { 404 } else { 403 };
            assert_eq!(status, Some(expected), "{login:?} {project}: {error}");
        }
    }
}
