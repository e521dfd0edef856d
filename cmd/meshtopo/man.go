package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) manCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "man [COMMAND...]",
		Short: "Print the manual page of meshtopo or of a command, or write all pages",
		Long: `Print the manual page of meshtopo or of a command, or write all pages: man/meshtopo.1, man/meshtopo-render.1 and so on.
A page is roff, which man reads. It holds no date, so that two builds give the same pages.`,
		Example: "  meshtopo man render | man -l -\n  meshtopo man -o man",
	}
	c.Flags().StringVarP(&out, "output", "o", "", "write all pages to this directory")
	c.RunE = func(c *cobra.Command, args []string) error {
		root := c.Root()
		if out != "" {
			if len(args) > 0 {
				return errors.New("-o writes all pages: leave the command out")
			}
			return writePages(root, out)
		}
		command, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return fmt.Errorf("there is no command %q: see meshtopo --help", strings.Join(args, " "))
		}
		_, err = fmt.Fprint(a.out, manPage(command))
		return err
	}
	return c
}

func writePages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("making directory %q: %w", dir, cause(err))
	}
	for _, c := range documented(root) {
		file := filepath.Join(dir, pageName(c)+".1")
		if err := os.WriteFile(file, []byte(manPage(c)), 0o666); err != nil {
			return fmt.Errorf("writing page %q: %w", file, cause(err))
		}
	}
	return nil
}

// documented gives the commands that have a page: all but help and what is hidden.
func documented(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if !sub.Hidden && sub.Name() != "help" {
			list = append(list, documented(sub)...)
		}
	}
	return list
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage gives a page in the macros of man(7).
func manPage(c *cobra.Command) string {
	c.InitDefaultHelpFlag()
	p := &roff{}
	p.macro("TH", strings.ToUpper(pageName(c)), "1", "", "meshtopo", "meshtopo")
	p.macro("SH", "NAME")
	p.text(pageName(c) + ` \- ` + roffText(strings.TrimSuffix(c.Short, ".")))
	p.macro("SH", "SYNOPSIS")
	p.text(`\fB` + roffText(c.UseLine()) + `\fR`)
	p.macro("SH", "DESCRIPTION")
	p.paragraphs(orElse(c.Long, c.Short+"."))
	p.flags("OPTIONS", c.NonInheritedFlags())
	p.flags("OPTIONS OF EVERY COMMAND", c.InheritedFlags())
	if c.Example != "" {
		p.macro("SH", "EXAMPLES")
		p.verbatim(c.Example)
	}
	var others []string
	for _, other := range append([]*cobra.Command{c.Parent()}, c.Commands()...) {
		if other != nil && !other.Hidden && other.Name() != "help" {
			others = append(others, `\fB`+roffText(pageName(other))+`\fR(1)`)
		}
	}
	if len(others) > 0 {
		p.macro("SH", "SEE ALSO")
		p.text(strings.Join(others, ",\n"))
	}
	return p.b.String()
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// roff is a page that is being written.
type roff struct{ b strings.Builder }

func (p *roff) macro(name string, args ...string) {
	p.b.WriteString("." + name)
	for _, a := range args {
		p.b.WriteString(` "` + strings.ReplaceAll(roffText(a), `"`, `\(dq`) + `"`)
	}
	p.b.WriteByte('\n')
}

func (p *roff) text(s string) { p.b.WriteString(s + "\n") }

// paragraphs writes text of which blank lines part the paragraphs.
func (p *roff) paragraphs(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			p.macro("PP")
		}
		if strings.HasPrefix(paragraph, " ") || strings.HasPrefix(paragraph, "\t") {
			p.verbatim(paragraph)
			continue
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			p.text(roffText(line))
		}
	}
}

func (p *roff) verbatim(s string) {
	p.macro("nf")
	for line := range strings.SplitSeq(strings.Trim(s, "\n"), "\n") {
		p.text(roffText(strings.ReplaceAll(line, "\t", "    ")))
	}
	p.macro("fi")
}

func (p *roff) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.macro("SH", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := `\fB` + roffText("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + roffText("-"+f.Shorthand) + `\fR, ` + name
		}
		if value != "" {
			name += ` \fI` + roffText(value) + `\fR`
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		p.macro("TP")
		p.text(name)
		p.text(roffText(usage))
	})
}

// roffText makes a line of text mean itself: backslashes and hyphens are escaped, and so is what would be a request at its beginning.
func roffText(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
