use clap::{Args, ValueEnum};

use super::check_id;
use crate::{
    cli::CommandError,
    config::KmsArgs,
    kms::{KmsError, kms_of},
    random::Random,
    vault::{KeyRing, Wrapper},
};

#[derive(Args)]
pub struct GenerateArgs {
    /// Name of the key: at most 32 letters, digits, - and _. It is stored with each encrypted
    /// token, so every key needs a different name
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Wrap (encrypt) the key with a key management service, which then has to unwrap it at each
    /// start
    #[arg(long, value_name = "SERVICE")]
    wrap: Option<Service>,
    #[command(flatten)]
    kms: KmsArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Service {
    /// Transit of HashiCorp Vault or OpenBao
    Vault,
    /// AWS KMS
    Aws,
    /// Google Cloud KMS
    Gcp,
}

/// Prints a new key.
pub async fn run(arguments: GenerateArgs) -> Result<(), CommandError> {
    let GenerateArgs { id, wrap, kms } = arguments;
    let random = Random::system();
    let id = id.unwrap_or_else(|| KeyRing::new_id(&random));
    check_id(&id, &format!("--id {id:?}"))?;
    let Some(service) = wrap else {
        println!("{}", KeyRing::generate(&id, &random));
        return Ok(());
    };
    let wrapper = match service {
        Service::Vault => Wrapper::Vault,
        Service::Aws => Wrapper::Aws,
        Service::Gcp => Wrapper::Gcp,
    };
    let told = |error: KmsError| format!("the key {id} was not wrapped: it {error}");
    let kms = kms_of(wrapper, &kms.check()?).await.map_err(told)?;
    let key = KeyRing::new_key(&random);
    let ciphertext = kms.wrap(key.as_slice()).await.map_err(told)?;
    println!("{id}:{}:{ciphertext}", wrapper.prefix());
    Ok(())
}
