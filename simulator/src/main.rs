//! The simulator as a program.

use std::{net::SocketAddr, process::ExitCode};

use clap::{Parser, ValueEnum};
use nhost_auth_simulator::{LinkEndpoint, Options, RateLimits, SignUp, Signing, Simulator};
use url::Url;

/// A stand-in for Nhost Auth and for the OAuth providers behind it. Everything is in memory.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, env = "SIMULATOR_LISTEN", default_value = "127.0.0.1:4001")]
    listen: SocketAddr,
    /// The JWT secret in Nhost's format (JSON); generated where it is missing.
    #[arg(long, env = "SIMULATOR_JWT_SECRET", hide_env_values = true)]
    jwt_secret: Option<String>,
    /// What a generated secret is for.
    #[arg(long, env = "SIMULATOR_ALGORITHM", default_value = "HS256")]
    algorithm: Algorithm,
    /// Where browsers reach the simulator, without `/v1`; the address it listens on where missing.
    #[arg(long, env = "SIMULATOR_PUBLIC_URL")]
    public_url: Option<String>,
    /// Counts calls as Nhost Auth does: a hundred a minute for an address, and ten sign-ins in five.
    #[arg(long, env = "SIMULATOR_RATE_LIMITS")]
    rate_limits: bool,
    /// Issues JWTs by its own address, as Nhost Auth from 0.46 on, and publishes that.
    #[arg(long, env = "SIMULATOR_ISSUES_BY_ADDRESS")]
    issues_by_address: bool,
    /// The app's front page (`AUTH_CLIENT_URL`), where sign-ins that were denied or took too long come
    /// back to; a page of the simulator's own where missing.
    #[arg(long, env = "SIMULATOR_CLIENT_URL")]
    client_url: Option<String>,
    /// What a sign-in may come back to, separated by commas, as Nhost Auth's own list has it; every
    /// address where missing.
    #[arg(long, env = "SIMULATOR_REDIRECT_URLS")]
    redirect_urls: Option<String>,
    /// How new users come to be: by their first sign-in, by `/signup/provider/…` alone
    /// (`AUTH_DISABLE_AUTO_SIGNUP`), or not at all (`AUTH_DISABLE_SIGNUP`).
    #[arg(long, env = "SIMULATOR_SIGN_UP", default_value = "automatic")]
    sign_up: SignUps,
    /// Fails for users with two accounts of one provider, as Nhost Auth up to 0.46.
    #[arg(long, env = "SIMULATOR_TWO_ACCOUNTS_FAULT")]
    two_accounts_fault: bool,
    /// Whether `POST /link/provider/…` is there, as in newer versions, and takes every JWT or one after
    /// a step-up alone (`AUTH_REQUIRE_ELEVATED_CLAIM`).
    #[arg(long, env = "SIMULATOR_LINK_ENDPOINT", default_value = "missing")]
    link_endpoint: LinkEndpoints,
}

#[derive(Clone, Copy, ValueEnum)]
enum SignUps {
    Automatic,
    OnRequest,
    Disabled,
}

#[derive(Clone, Copy, ValueEnum)]
enum LinkEndpoints {
    Missing,
    Open,
    Elevated,
}

#[derive(Clone, Copy, ValueEnum)]
enum Algorithm {
    #[value(name = "HS256")]
    Hs256,
    #[value(name = "RS256")]
    Rs256,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nhost-auth-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options {
        signing: match arguments.algorithm {
            Algorithm::Hs256 => Signing::hs256(),
            Algorithm::Rs256 => Signing::rs256(),
        },
        public_url: given(arguments.public_url).map(|url| url.parse::<Url>()).transpose()?,
        issues_by_address: arguments.issues_by_address,
        is_openid_provider: arguments.issues_by_address,
        rate_limits: if arguments.rate_limits {
            RateLimits::nhost_auth()
        } else {
            RateLimits::default()
        },
        client_url: given(arguments.client_url).map(|url| url.parse::<Url>()).transpose()?,
        redirect_urls: given(arguments.redirect_urls)
            .map(|list| list.split(',').map(|url| url.trim().to_owned()).collect())
            .unwrap_or_default(),
        sign_up: match arguments.sign_up {
            SignUps::Automatic => SignUp::Automatic,
            SignUps::OnRequest => SignUp::OnRequest,
            SignUps::Disabled => SignUp::Disabled,
        },
        fails_with_two_accounts: arguments.two_accounts_fault,
        link_endpoint: match arguments.link_endpoint {
            LinkEndpoints::Missing => LinkEndpoint::Missing,
            LinkEndpoints::Open => LinkEndpoint::Open,
            LinkEndpoints::Elevated => LinkEndpoint::Elevated,
        },
        ..Options::default()
    };
    if let Some(secret) = given(arguments.jwt_secret) {
        options = options.with_jwt_secret(&secret)?;
    }
    let running = Simulator::start(options, arguments.listen).await?;
    println!("Nhost Auth   {}", running.base_url());
    println!("JWT secret   {}", running.jwt_secret_json());
    println!("control API  {}control", running.origin());
    println!(
        "try          curl -s {}control/users -H 'content-type: application/json' -d '{{\"email\":\"ada@example.com\"}}'",
        running.origin()
    );
    stopped().await?;
    running.shutdown().await;
    Ok(())
}

/// Compose files pass a variable on as empty where it is not set.
fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

/// Waits for Ctrl-C or, where there is such a thing, for SIGTERM.
async fn stopped() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
