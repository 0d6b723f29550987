//! Where strangers are found on this machine.
use std::{
    env,
    path::{Path, PathBuf},
};

/// A stranger that a test needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A program in `PATH`.
    Program(&'static str),
    /// A program that is in no folder of `PATH`.
    File(&'static str),
    /// A program of the Python environment that `UNDERLAY_PEERS_VENV` names.
    Python(&'static str),
    /// A package of that environment.
    Module(&'static str),
    /// A recipe in the folder that `UNDERLAY_PEERS` names.
    Recipe(&'static str),
    /// A file in the folder that `UNDERLAY_CORPUS` names.
    Corpus(&'static str),
}

impl Need {
    /// Where it is.
    ///
    /// # Errors
    /// - What is missing, and where it was looked for.
    pub fn find(self) -> Result<PathBuf, String> {
        match self {
            Self::Program(name) => {
                let folders = env::var_os("PATH").unwrap_or_default();
                let found =
                    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
                found.ok_or_else(|| format!("the program {name} is not in PATH"))
            }
            Self::File(path) => {
                let path = Path::new(path);
                path.is_file()
                    .then(|| path.to_owned())
                    .ok_or_else(|| format!("there is no {}", path.display()))
            }
            Self::Python(name) => below("UNDERLAY_PEERS_VENV", &Path::new("bin").join(name)),
            Self::Module(name) => {
                // `lib/python3.12/site-packages/NAME`: one version, whichever it is.
                let lib = below("UNDERLAY_PEERS_VENV", Path::new("lib"))?;
                let versions =
                    std::fs::read_dir(&lib).map_err(|error| format!("{}: {error}", lib.display()))?;
                let found = versions
                    .filter_map(Result::ok)
                    .map(|version| version.path().join("site-packages").join(name))
                    .find(|path| path.exists());
                found.ok_or_else(|| format!("there is no Python package {name} below {}", lib.display()))
            }
            Self::Recipe(name) => below("UNDERLAY_PEERS", Path::new(name)),
            Self::Corpus(name) => below("UNDERLAY_CORPUS", Path::new(name)),
        }
    }

    /// Where it is, in a test that has declared this need.
    ///
    /// # Panics
    /// If it is missing after all.
    #[must_use]
    pub fn path(self) -> PathBuf {
        self.find().unwrap_or_else(|missing| panic!("{missing}"))
    }
}

fn below(variable: &str, name: &Path) -> Result<PathBuf, String> {
    let folder =
        env::var_os(variable).ok_or_else(|| format!("{variable} is not set ({})", name.display()))?;
    let path = PathBuf::from(folder).join(name);
    if path.exists() { Ok(path) } else { Err(format!("{variable} has no {}", name.display())) }
}
