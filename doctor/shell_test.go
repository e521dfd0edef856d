package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"
)

// A case is a file, testdata/shell/*.txtar: a script, and under "want" its commands: where each begins, the directory that it runs in when that
// is not where the script began, and its words. ~ is what cannot be seen, ^ the root. UPDATE=1 writes what is wanted.
func TestReadScript(t *testing.T) {
	files, err := filepath.Glob("testdata/shell/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(archive.Files[0].Data)
			got := printed(script{text: text}, text, readScript(text, "scripts/run.sh", nil))
			if archive.Files[0].Name == "Makefile" {
				got = ""
				for _, s := range makeScripts(text) {
					got += printed(s, text, readScript(s.text, "", nil))
				}
			}
			if os.Getenv("UPDATE") != "" {
				archive.Files = []txtar.File{archive.Files[0], {Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(archive.Files[1].Data); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func printed(s script, text string, commands []command) string {
	var b strings.Builder
	for _, c := range commands {
		place := s.place("", text, c.words[0].at, c.words[0].end)
		fmt.Fprintf(&b, "%d:%d", place.Line, place.Column)
		if c.dir != "" {
			fmt.Fprintf(&b, " [%s]", c.dir)
		}
		for _, w := range c.words {
			fmt.Fprintf(&b, " %q", w.text)
		}
		b.WriteString("\n")
	}
	return strings.NewReplacer(`\x00`, "~", unseen, "~", `\x01`, "^", top, "^").Replace(b.String())
}

// Words that are written in any of the shell's quotes are read as they were.
func TestQuotedWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab -='\"\\$`{}*#;&|<>()é\t")), 1, 8, -1), 1, 5).Draw(t, "words")
		text := "run"
		for _, w := range words {
			switch rapid.IntRange(0, 2).Draw(t, "quotes") {
			case 0:
				text += " '" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			case 1:
				text += ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(w) + `"`
			case 2:
				text += " "
				for _, c := range []byte(w) {
					text += `\` + string([]byte{c})
				}
			}
		}
		var got []string
		for _, c := range readScript(text, "", nil) {
			for _, w := range c.words[1:] {
				got = append(got, w.text)
			}
		}
		if !slices.Equal(got, words) {
			t.Errorf("%s\ngot  %q\nwant %q", text, got, words)
		}
	})
}

// Whatever a file holds, reading it ends, and what is found in it stands in it.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{
		"cd a && kustomize build \"$X\" # c", "X=(a b); kustomize build \"${X[@]}\" `kustomize build b`", "sh -c 'kustomize build $(kustomize build)' <<E\nE\n",
		"A = kustomize build $(A)\nx:\n\t@$(A) $$X \\\n\tb $(shell kustomize build)\n", "- run: |\n    kustomize build\n    b\n- script: &a [kustomize build, *a]\n",
		"sh '''kustomize build''' + sh(script: \"kubectl apply -k\")",
	} {
		for of := isScript; of <= isPipeline; of++ {
			f.Add(seed, int(of))
		}
	}
	f.Fuzz(func(t *testing.T, text string, of int) {
		s := &surveyor{}
		s.commands("x", text, kind(of))
		lines := strings.Split(text, "\n")
		for _, c := range s.calls {
			if c.place.Line < 1 || c.place.Line > len(lines) || c.place.Column < 1 || c.place.Column > len([]rune(lines[c.place.Line-1]))+1 {
				t.Errorf("%+v is not in the file", c.place)
			}
		}
	})
}

// Files of half a megabyte that are made to be hard are read in moments. Where that took time that grows with the square, the test would not end.
func TestHostileFiles(t *testing.T) {
	const size = 1 << 19
	for name, c := range map[string]struct {
		of   kind
		text string
	}{
		"substitutions": {isScript, strings.Repeat("$(", size/2)},
		"backquotes":    {isScript, strings.Repeat("`", size)},
		"templates":     {isScript, strings.Repeat("{", size)},
		"braces":        {isScript, strings.Repeat("${", size/2)},
		"assignments":   {isScript, "export " + strings.Repeat("a=b ", size/4)},
		"keywords":      {isScript, strings.Repeat("if ", size/6) + strings.Repeat("a=b ", size/8)},
		"doubling":      {isScript, "a=xx\n" + strings.Repeat("a=$a$a\n", 1000) + strings.Repeat("$a", 10000)},
		"here":          {isScript, strings.Repeat("<<a ", size/4) + "\n"},
		"shells":        {isScript, strings.Repeat("sh -c ", size/6)},
		"evals":         {isScript, strings.Repeat("eval ", size/5)},
		"continued":     {isMakefile, strings.Repeat("\\\n", size/2)},
		"make":          {isMakefile, "A = $(B)$(B)\nB = $(A)$(A)\nx:\n\t" + strings.Repeat("$(A)", size/4)},
		"groovy":        {isGroovy, strings.Repeat("sh'", size/3)},
		"yaml":          {isPipeline, "run: [" + strings.Repeat("a,", size/2) + "]"},
		"aliases":       {isPipeline, "x: &a [" + strings.Repeat("a,", size/20) + "]\n" + strings.Repeat("- run: *a\n", size/20)},
		"listed":        {isPipeline, "- &a [" + strings.Repeat("a,", size/20) + "]\n" + strings.Repeat("- run: *a\n", size/20)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &surveyor{}
			s.commands("x", c.text, c.of)
			if len(s.calls) > 0 {
				t.Errorf("it calls nothing: %v", s.calls[0])
			}
		})
	}
}
