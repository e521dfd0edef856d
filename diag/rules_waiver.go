package diag

// Waivers.
const (
	WaiverRefused = "MT020"
	WaiverUnused  = "MT021"
	WaiverExpired = "MT022"
)

func waiverRules() []Rule {
	return []Rule{
		{ID: WaiverRefused, Name: "waiver-refused", Severity: Error,
			Summary: "A waiver is for a rule that there is not or that cannot be waived, is there twice, or its date is no day.",
			Why:     "What makes a topology unreadable or ambiguous cannot be borne with. Rules that can be waived say so in their documentation.",
			Fix:     "Mend what the finding is about, and remove the waiver."},
		{ID: WaiverUnused, Name: "waiver-unused", Severity: Warning,
			Summary: "A waiver silences nothing.",
			Why:     "What it was for has been mended, or its path is wrong. Left in place it would silence a new finding that nobody has judged.",
			Fix:     "Remove the waiver, or correct its path."},
		{ID: WaiverExpired, Name: "waiver-expired", Severity: Warning,
			Summary: "The day has come on which a waiver expires.",
			Why: "It was meant for a time. It still silences its finding, and only `meshtopo validate` knows what day it is (--now, else the clock): what is " +
				"rendered never depends on a clock.",
			Fix: "Mend what it silences and remove it, or write another day."},
	}
}
