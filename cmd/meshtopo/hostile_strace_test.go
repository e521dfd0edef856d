//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A run with HOSTILE=strace looks at what the program asks of the kernel: no socket, no program but itself, and no file but those of
// the root, of its own, and these that Go's runtime and the C library's loader read.
var systemFiles = regexp.MustCompile(`^(/etc/(ld\.so\.(cache|preload)|localtime)|/usr/share/zoneinfo/.*|/(usr/)?lib(64)?/[^ ]*\.so[.0-9]*|` +
	`/sys/kernel/mm/transparent_hugepage/hpage_pmd_size|/sys/fs/cgroup/[a-z.,/_]*|/sys/devices/system/cpu/[a-z]*|` +
	`/proc/(self|\d+)/(maps|cgroup|mountinfo|statm|exe|fd/[012])|/proc/sys/(vm/overcommit_memory|kernel/[a-z_]*)|/dev/null|pipe:\[\d+\])$`)

// straced makes a command run under strace, which writes what was asked to a file.
func straced(t *testing.T, cmd *exec.Cmd, log string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	// -y shows the directory that a file is opened below; argv[0] stays meshtopo by a link of that name.
	link := filepath.Join(filepath.Dir(log), "meshtopo")
	if err := os.Symlink(program, link); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cmd.Path = strace
	cmd.Args = append([]string{"strace", "-f", "-qq", "-y", "-s", "4096", "-o", log, "-e", "trace=network,process,open,openat,openat2,creat", "-e", "signal=none", link}, cmd.Args[1:]...)
}

var (
	opened = regexp.MustCompile(`\b(open|openat|openat2|creat)\((?:AT_FDCWD<([^>]*)>|\d+<([^>]*)>)?(?:, )?"((?:[^"\\]|\\.)*)".* = (-?\d+)(?:<(.*)>)?`)
	ran    = regexp.MustCompile(`\bexecve(?:at)?\("((?:[^"\\]|\\.)*)".* = 0$`)
	socket = regexp.MustCompile(`\b(socket|connect|bind|listen|sendto|sendmsg)\(`)
)

// audit holds what strace saw against what is promised. It gives how many calls it judged.
func (b *bad) audit(log string) (calls int) {
	t := b.t
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	calls, problems := auditCalls(string(text), b.path(""), program)
	for _, p := range problems {
		t.Error(p)
	}
	if calls < 2 {
		t.Errorf("strace saw %d calls only", calls)
	}
	return calls
}

func auditCalls(log, root, program string) (calls int, problems []string) {
	root = strings.TrimSuffix(root, "/")
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if socket.MatchString(line) {
			problems = append(problems, "it uses the network: "+line)
		}
		if m := ran.FindStringSubmatch(line); m != nil {
			calls++
			if real, err := filepath.EvalSymlinks(m[1]); err != nil || real != program {
				problems = append(problems, "it runs another program: "+line)
			}
		}
		if m := opened.FindStringSubmatch(line); m != nil && m[5] != "-1" {
			calls++
			if name := m[6]; name != program && name != root && !strings.HasPrefix(name, root+"/") && !systemFiles.MatchString(name) {
				problems = append(problems, "it opens "+line)
			}
		}
	}
	return calls, problems
}

// TestAudit: what strace prints of a program that does what it must not is seen.
func TestAudit(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	fine := `7 execve("` + program + `", ["meshtopo"], 0x7ffc /* 3 vars */) = 0
7 openat(AT_FDCWD</root>, "/proc/self/maps", O_RDONLY|O_CLOEXEC) = 3</proc/7/maps>
7 openat(5</root>, "topology.yaml", O_RDONLY|O_NOFOLLOW|O_CLOEXEC) = 8</root/topology.yaml>
7 openat(5</root>, "link", O_RDONLY|O_NOFOLLOW|O_CLOEXEC) = -1 ELOOP (Too many levels of symbolic links)
`
	if calls, problems := auditCalls(fine, "/root/", program); calls != 3 || len(problems) > 0 {
		t.Errorf("%d calls, %q", calls, problems)
	}
	for _, line := range []string{
		`7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3`,
		`7 connect(3, {sa_family=AF_INET, sin_port=htons(80)}, 16) = -1 EINPROGRESS (Operation now in progress)`,
		`7 execve("/usr/bin/git", ["git", "fetch"], 0x7ffc /* 3 vars */) = 0`,
		`7 openat(AT_FDCWD</root>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>`,
		`7 openat(5</root>, "link", O_RDONLY|O_CLOEXEC) = 3</rooted/secret.txt>`,
		`7 openat(AT_FDCWD</root>, "/proc/self/environ", O_RDONLY) = 3</proc/7/environ>`,
	} {
		if _, problems := auditCalls(line+"\n", "/root/", program); len(problems) != 1 {
			t.Errorf("not seen: %s", line)
		}
	}
}
