//! The command line.
use crate::{
    document::arguments::{AugmentArguments, ReportArguments, SignArguments},
    serve::Service,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;
use url::Url;

/// Mandates as verifiable credentials: sealed, held, presented and trusted.
#[derive(Debug, Parser)]
#[command(name = "procura", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The issuer and its operator's tools.
    Issuer {
        #[command(subcommand)]
        command: IssuerCommand,
    },
    /// The wallet and its operator's tools.
    Wallet {
        #[command(subcommand)]
        command: WalletCommand,
    },
    /// The verifier.
    Verifier {
        #[command(subcommand)]
        command: ServeCommand,
    },
    /// The demo's ecosystem: trusted lists, CRLs, registries.
    Ecosystem {
        #[command(subcommand)]
        command: ServeCommand,
    },
    /// The demo's relying party.
    Portal {
        #[command(subcommand)]
        command: ServeCommand,
    },
    /// Key-encryption keys: what a service seals with before it stores.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Judges a credential or presentation and says why. Exit status: 0 accepted, 2 refused, 1 failed.
    ///
    /// With --report, validates a signed document of any kind instead: see there.
    Verify(Box<VerifyArguments>),
    /// Signs a document (JAdES), at B-B or straight to a level above. Exit status: 0 signed and verified, 1 not.
    Sign(Box<SignArguments>),
    /// Adds time-stamps and validation data to a signed document, so that it stays provable. Exit status: 0 the level is
    /// reached, 1 it is not and nothing is written.
    Augment(Box<AugmentArguments>),
    /// Prints the `OpenAPI` document of a service.
    Openapi {
        /// Whose.
        #[arg(value_enum)]
        service: Service,
    },
    /// Runs the demonstration: a world of its own and five services on 127.0.0.1.
    Demo(DemoArguments),
}
#[derive(Debug, Subcommand)]
pub(crate) enum ServeCommand {
    /// Runs the service until it is told to end.
    Serve(ServeArguments),
}
#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Runs the service until it is told to end.
    Serve(ServeArguments),
    /// Bearer tokens of the management API.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
}
#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Runs the service until it is told to end.
    Serve(ServeArguments),
    /// Makes an invitation for one new account, and prints it once.
    Invite(InviteArguments),
}
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a file (mode 0600) with one new key; a file that exists is left alone.
    Create {
        /// What `key_encryption_key_file` of a service names.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Adds a new key, which services seal with from their next start; older keys stay to open what they sealed.
    Rotate {
        /// What `key_encryption_key_file` of a service names.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Makes a token and prints it once; the database keeps its digest only.
    Add {
        #[command(flatten)]
        config: ConfigArgument,
        /// Who uses it, in your words.
        #[arg(long)]
        label: String,
        /// What it may do: issuances:create, issuances:pin, issuances:read, issuances:evidence, issuances:revoke.
        /// Repeat for several.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// Until when (RFC 3339); without, until it is revoked.
        #[arg(long)]
        expires: Option<Timestamp>,
    },
    /// Lists tokens without their secrets.
    List {
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Revokes a token by its id.
    Revoke {
        #[command(flatten)]
        config: ConfigArgument,
        /// The id, as `list` shows it.
        id: String,
    },
}
#[derive(Debug, Args)]
pub(crate) struct ConfigArgument {
    /// The service's configuration (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArgument,
    /// End when the process that started this one ends.
    #[arg(long, hide = true)]
    pub(crate) with_parent: bool,
}
#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArgument,
}
/// Which lists the demo world serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorldLists {
    /// What villains.toml says of a file in villains/, else the current ones.
    Auto,
    /// The current ones.
    Current,
    /// A German list that a stranger signed.
    ByStranger,
    /// The current ones first, then an older German list.
    RolledBack,
    /// The older German list alone.
    OlderOnly,
}
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The credential or presentation (compact JWT), or with --report the signed document; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Prints the verdict as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Judges as the verifier with this configuration would: its lists, registries, policies, and what its client asks
    /// for. Variables of the environment override it, as they do there. The lists that it has accepted are read from its
    /// database, in which nothing is changed; where that cannot be read, a note says so.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["world", "lotl", "types", "representative_policy"])]
    pub(crate) config: Option<PathBuf>,
    /// The client of that configuration that asked. Needed where there are several.
    #[arg(long, value_name = "ID", requires = "config")]
    pub(crate) client: Option<String>,
    /// The scope that the client asked for; without, any of its scopes.
    #[arg(long, requires = "config")]
    pub(crate) scope: Option<String>,
    /// Judges by a demo world in a folder, without a network.
    #[arg(long, value_name = "FOLDER", conflicts_with = "lotl")]
    pub(crate) world: Option<PathBuf>,
    /// Which lists of the demo world.
    #[arg(long, value_enum, default_value = "auto", requires = "world")]
    pub(crate) lists: WorldLists,
    /// URL of a list of trusted lists.
    #[arg(long, value_name = "URL", requires = "lotl_signer")]
    pub(crate) lotl: Option<Url>,
    /// Reads the list of trusted lists from this file in place of fetching it; the lists that it names are fetched.
    #[arg(long, value_name = "FILE", requires = "lotl")]
    pub(crate) lotl_file: Option<PathBuf>,
    /// SHA-256 (hex) of a certificate that may sign that list, as the Official Journal publishes them. Repeat for
    /// several.
    #[arg(long, value_name = "SHA256", requires = "lotl")]
    pub(crate) lotl_signer: Vec<String>,
    /// URL of the Official Journal's notice from which those signers are: pivots since then are followed.
    #[arg(long, value_name = "URL", requires = "lotl")]
    pub(crate) official_journal: Option<String>,
    /// Only these territories' lists. Repeat for several.
    #[arg(long, value_name = "CODE", requires = "lotl")]
    pub(crate) territory: Vec<String>,
    /// Exact origin (scheme, host, port) that may be private and plain http. Repeat for several.
    #[arg(long, value_name = "ORIGIN", requires = "lotl")]
    pub(crate) development_origin: Vec<String>,
    /// Base URL of the registry of participants and issuers; without, neither is checked.
    #[arg(long, value_name = "URL", requires = "lotl")]
    pub(crate) registry: Option<Url>,
    /// Certificate policy under which a natural person represents an organisation. Repeat for several.
    #[arg(long, value_name = "OID")]
    pub(crate) representative_policy: Vec<String>,
    /// Accepted credential types. Repeat for several; without, the LEARCredential family.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// Nonce that a presentation must have; without, it is not checked, and a note says so.
    #[arg(long)]
    pub(crate) nonce: Option<String>,
    /// Audience that a presentation must have; without, that of --config, else it is not checked, and a note says so.
    #[arg(long)]
    pub(crate) audience: Option<String>,
    /// Judges as of this time in place of now (RFC 3339: 2026-01-31T12:00:00Z).
    ///
    /// By it are judged: the validity of certificates, credentials and trusted lists, the status of trust services, and
    /// the age of a presentation. What was published then is not brought back: trusted lists, CRLs, status lists and
    /// registrations are those of today, and a CRL or status list that was not yet in force at that time leaves its
    /// check undecided, which refuses. With --world, all of it is made anew as of that time.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) document: ReportArguments,
}
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Walks the whole journey over HTTP, prints each step, and ends.
    #[arg(long)]
    pub(crate) walk: bool,
    /// Kills and restarts every process after each step of the walk.
    #[arg(long, requires = "walk")]
    pub(crate) kill: bool,
    /// Forgets the world that is there and makes a new one.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Where the world, databases, configurations and logs are kept.
    #[arg(long, value_name = "FOLDER", default_value = ".procura")]
    pub(crate) dir: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
