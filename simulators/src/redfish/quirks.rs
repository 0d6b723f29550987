//! Named departures from the standard, each switchable.
//!
//! The ids are those of the project's quirk catalogue. A persona lists the ones its model has; a test may switch any of
//! them on or off. The `standard` persona has none. Every other file of this view asks [`Quirks::has`] and nothing else,
//! so this list is the whole of what is deliberately wrong.

use std::fmt;

macro_rules! quirks {
    ($($name:ident, $id:literal, $text:literal;)*) => {
        /// One departure from the standard.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Quirk { $(#[doc = $text] $name,)* }

        impl Quirk {
            /// Every quirk this view can show.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its id in the catalogue.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the service does.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

quirks! {
    ClosesIdleConnections, "Q1a", "Closes a kept-alive connection 50 ms after its last answer without announcing it.";
    DropsReusedConnections, "Q1b", "As Q1a: a client that reuses a connection finds it gone.";
    WeakensCompressed, "Q2a", "Answers gzip when asked to, and turns the strong ETag of the answer weak.";
    RefusesIdentity, "Q2b", "Answers 406 to `Accept-Encoding: identity` under Registries.";
    SuffixesCompressed, "Q2c", "Answers gzip when asked to, and adds `-gzip` to the ETag header.";
    RefusesGoodEtag, "Q3a", "Answers 412 to a write with the right If-Match, and takes it without the header.";
    MatchesUnquoted, "Q3b", "Takes an If-Match value only without its quotes.";
    ExpandDropsIdentity, "Q4a", "Members expanded by `$expand` have no Id, Name and ChassisType.";
    ExpandFailsOnChassis, "Q4b", "Advertises `$expand` and answers 500 to it on the chassis collection.";
    AlreadyIsConflict, "Q5a", "Answers 409 to a power action whose state is reached already.";
    OnRefusedAfterOff, "Q5b", "Answers 409 ActionParameterValueConflict to power-on for a while after power-off.";
    NotReadyByMessage, "Q6", "Answers 400 with a vendor message while the host changes its power state.";
    NoVirtualCdByOverride, "Q9", "A boot override to Cd boots no virtual CD; the manager's attributes ServerBoot.1 do.";
    NoManagedBy, "Q7a", "The system has no Links.ManagedBy.";
    NoRootLinks, "Q7b", "The service root has no links to Systems and Chassis.";
    NoVendor, "Q7c", "The service root has no Vendor.";
    BootOnSettings, "Q11a", "Boot of the system is read-only; it is written on a settings object, and the order there waits for a reset.";
    OneBiosJob, "Q12a", "While a job of firmware settings waits, another change of them is refused.";
    StagesWithoutApplyTime, "Q12b", "Firmware settings without an apply time are kept, and no reset brings them into force.";
    ShowsPendingAsCurrent, "Q12c", "Bios shows staged values before they are in force.";
    PasswordStays, "Q13", "A firmware password that is set cannot be removed by ChangePassword.";
    DeleteNeedsReady, "Q14a", "A volume is only deleted while the lifecycle controller is ready; otherwise 400.";
    NeedsRealTime, "Q14b", "Work on storage that is to be done at once is refused until the host is past its self test.";
    EjectTakesTime, "Q15a", "For some seconds after an eject, inserting is answered with 500.";
    StaleAfterEject, "Q15b", "For half a minute after an eject, the slot shows its image as inserted.";
    RefusesChunked, "Q16a", "Answers 411 to an image that is sent in chunks.";
    ParametersNeedOem, "Q16b", "Answers 400 to UpdateParameters without an Oem object.";
    AccountSlots, "Q17", "Accounts are slots that are always listed: one is made by PATCH of an empty slot, and ended by PATCH of its name.";
    ZeroDates, "Q18", "LastResetTime reads 0000-00-00T00:00:00+00:00 until the host was started for the first time, drives' firmware was released at 00:00:00Z, and dates in events end in -0600.";
    ManagerGracefulOnly, "Q19a", "Manager.Reset takes GracefulRestart only.";
    FewSessions, "Q19b", "A full session table is answered with 503 and a vendor message.";
    BootRefusedInPost, "Q21", "Answers 400 to changes of the boot override while the host is in POST.";
    SecureBootIsBiosJob, "Q20a", "A change of secure boot is a job of firmware settings, and is answered as one.";
    NoRelatedItem, "Q20c", "RelatedItem of boot options is null.";
    PadsNameServers, "Q20d", "NameServers has four entries, and those without a server are 0.0.0.0 and ::.";
    RestartForgets, "Q22a", "A restart of the manager deletes every finished task.";
    StagedIsCompleted, "Q22b", "The task of an update that waits for a reset is Completed.";
    RestartsMidway, "Q20b", "The manager restarts in the middle of its own update, whose task goes on afterwards.";
    PasswordsOnSettings, "Q23a", "The action for firmware passwords is ChangePasswords, on the settings object.";
    PendingListsAll, "Q23b", "The settings object lists every setting that can be written, staged or not.";
    LowerCaseBios, "Q23c", "Bios and its settings object lie under paths in lower case.";
    NoAccountTypes, "Q24a", "Accounts have no AccountTypes.";
    LateVolumes, "Q32c", "A volume that was made shows up only 60 s later; one asked for without StripSizeBytes is answered with 500.";
    NoDriveState, "Q24c", "A drive's Status has no State.";
    EjectNeedsBody, "Q24b", "Answers 400 to EjectMedia without a body.";
    NoBootMode, "Q24e", "The boot override has no mode.";
    NeedsWholeBoot, "Q25", "A boot override without Enabled and Mode is taken and has the override disabled.";
    UsbCd, "Q26a", "A virtual CD is the boot target UsbCd; Cd is a drive of the machine's own.";
    RefusesInserted, "Q26b", "Answers 400 to InsertMedia with Inserted or WriteProtected.";
    ImageStays, "Q26d", "After an eject Image stays, and nothing can be inserted until it is cleared.";
    SecureBootNeedsLicence, "Q27b", "Answers 403 with a vendor message to everything about secure boot, for want of a licence.";
    NoAttributesWhenNonePending, "Q28b", "The settings object has no Attributes while nothing is staged, and keeps what is taken back.";
    HttpOptionsOnDemand, "Q28c", "Boot options by HTTP are there only after the firmware was set so and the host was reset.";
    NoKcsInterface, "Q28d", "There is no KCSInterface.";
    NoChassisType, "Q28f", "The chassis has no ChassisType.";
    NumberedValueNames, "Q28g", "The registry numbers the values of enumerations, and gives the values themselves as display names.";
    NullNames, "Q28h", "NameServers has two entries, and those without a server are (null); without a fixed address, IPv4StaticAddresses has one of nulls.";
    NoMediaActions, "Q29a", "Virtual media have no actions; PATCH inserts and ejects.";
    PatchNeedsInserted, "Q29b", "Answers 400 to a PATCH of virtual media without Inserted.";
    UploadOnlySlot, "Q29c", "The first slot for virtual media takes only files that are sent to it.";
    NoContinuous, "Q30a", "Answers 400 PropertyValueNotInList to a continuous boot override.";
    TransientMismatch, "Q30b", "Answers 412 to the first write of a resource with the right If-Match.";
    MonitorForgets, "Q31a", "A read of a finished task's monitor deletes the task.";
    LockoutFloor, "Q32b", "AccountLockoutDuration is refused below 60 seconds, also the 0 that stands for ever.";
    OverridesSilently, "Q32d", "Settings that another one locks are taken, and left or forced without a word.";
    DemandsWholeBoot, "Q33a", "Answers 400 to a boot override without Target, Enabled and Mode.";
    BareCollections, "Q33c", "Collections have no ETag.";
    DemandsLogin, "Q33e", "InsertMedia is refused without UserName, and then without Password.";
    BiosFails, "Q34a", "Answers 500 to a read of Bios.";
    EmptyUntilBoot, "Q34d", "Bios has no attributes until the host has booted once.";
    EmptyForNone, "Q34c", "The system's UUID is an empty text, and the Members of a collection without any are null.";
    NamesWithoutSpaces, "Q34e", "Names of firmware settings are written without their spaces.";
    AccountsByName, "Q34g", "The id of an account is its user name.";
    HidesUefiHttp, "Q34i", "UefiHttp is taken as a boot target, and not among the allowable values.";
    BareEvents, "Q34j", "Records of events have no MemberId and no EventType.";
    NamesInBootOrder, "Q34k", "Entries of BootOrder have the option's name behind a colon.";
    BmcRenamed, "Q34f", "The management controller is Bluefield_FW_BMC_0 in the firmware inventory.";
    VersionPrefix, "Q34h", "Versions in the firmware inventory begin with GB200Nvl-.";
    NoBootOverride, "Q35c", "The system has no boot override.";
    NbdSlot, "Q35b", "The first slot for virtual media has no actions; it serves a network block device.";
    DvdOnly, "Q36a", "Slots for virtual media that take a CD say DVD, and not CD.";
    InternalSlot, "Q36b", "The first slot for virtual media answers 400 to its actions.";
    ClosedSlot, "Q36c", "The first slot for virtual media answers 405 to its actions.";
    NoEthernetInterfaces, "Q36d", "The system has no EthernetInterfaces.";
    TextForNoNumber, "Q36e", "In Power, what has no reading is the text N/A.";
    DemandsIfMatch, "Q37a", "Answers 428 to a PATCH without If-Match.";
    BootOrderIsSettings, "Q37b", "There is no BootOrder; settings of the firmware say what is tried first.";
    CoresAreText, "Q37c", "Numbers of cores and threads are texts.";
    MediaActionsMissing, "Q39", "The actions of virtual media are advertised and answer 404; PATCH with Image alone inserts.";
    RefusesContinuous, "Q40", "Answers 501 to a continuous boot override.";
    DemandsTransfer, "Q41", "InsertMedia is refused without TransferProtocolType, and then without TransferMethod.";
    ClearNeedsEtag, "Q42", "ClearLog is refused with 428 without the log service's ETag in If-Match.";
    NoTaskLocation, "Q43", "An accepted long action is answered 202 without Location.";
    RefusesSameEnabled, "Q44", "Answers 400 when BootSourceOverrideEnabled is written with the value it has.";
}

impl Quirk {
    /// The quirk of a catalogue id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quirk| quirk.id() == id)
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id(), self.describe())
    }
}

/// The quirks a device has.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks(u128);

impl Quirks {
    /// No quirks.
    pub const NONE: Self = Self(0);

    /// Whether the device has this one.
    #[must_use]
    pub const fn has(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u128) != 0
    }

    /// The same with one more.
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        Self(self.0 | (1 << quirk as u128))
    }

    /// The same without one.
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        Self(self.0 & !(1 << quirk as u128))
    }

    /// The quirks, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.has(*quirk))
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<T: IntoIterator<Item = Quirk>>(quirks: T) -> Self {
        quirks.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Quirk::id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_found_again() {
        assert!(Quirk::ALL.len() < 128);
        for quirk in Quirk::ALL {
            assert_eq!(Quirk::from_id(quirk.id()), Some(*quirk));
        }
        assert_eq!(Quirk::from_id("Q0"), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = Quirks::NONE.with(Quirk::NoVendor).with(Quirk::AlreadyIsConflict).without(Quirk::NoVendor);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Quirk::AlreadyIsConflict]);
    }
}
