package doctor

import (
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// shownDirs are the hidden directories that hold what runs programs.
var shownDirs = []string{
	".azure", ".azuredevops", ".azure-pipelines", ".buildkite", ".ci", ".circleci", ".drone", ".forgejo", ".gitea", ".github", ".gitlab", ".semaphore", ".tekton", ".woodpecker",
}

// pipelineFiles are pipelines, and the like, that stand beside other YAML.
var pipelineFiles = []string{
	"Taskfile.yml", "Taskfile.yaml", "azure-pipelines.yml", "azure-pipelines.yaml", "bitbucket-pipelines.yml",
	"buildspec.yml", "buildspec.yaml", "cloudbuild.yaml", "cloudbuild.yml", "codefresh.yml", "skaffold.yaml",
}

// kind is how the programs are written down that a file runs.
type kind int

const (
	runsNothing kind = iota
	isScript
	isMakefile
	isJustfile
	isGroovy
	isPipeline
)

// kindOf tells it by the name of a file. One without an extension may still be a script.
func kindOf(name string) kind {
	base, ext := path.Base(name), path.Ext(name)
	isYAML := ext == ".yml" || ext == ".yaml"
	switch {
	case ext == ".mk", base == "Makefile", base == "makefile", base == "GNUmakefile":
		return isMakefile
	case base == "justfile", base == "Justfile", base == ".justfile", ext == ".just":
		return isJustfile
	case base == "Jenkinsfile", ext == ".jenkinsfile", ext == ".groovy":
		return isGroovy
	case ext == ".sh", ext == ".bash":
		return isScript
	case slices.Contains(pipelineFiles, base), isYAML && (strings.HasPrefix(base, ".") || isShown(name)):
		return isPipeline
	}
	return runsNothing
}

// isShown says whether a file is in a hidden directory that is looked into.
func isShown(name string) bool {
	return slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool { return slices.Contains(shownDirs, dir) })
}

var shebang = regexp.MustCompile(`^#!.*[/ ](?:ba|da|a|k|z)?sh\b`)

// beginsAsScript says whether a file begins as one for a shell.
func (s *surveyor) beginsAsScript(name string) bool {
	file, err := s.root.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 128)
	n, err := io.ReadFull(file, head)
	return (err == nil || err == io.ErrUnexpectedEOF) && shebang.Match(head[:n])
}

// commands notes the calls of kustomize in a file.
func (s *surveyor) commands(name, text string, of kind) {
	scripts, own := []script{{text: text}}, ""
	var variables map[string]variable
	switch of {
	case runsNothing:
		return
	case isScript:
		own = name
	case isMakefile:
		scripts = makeScripts(text)
	case isJustfile:
		scripts = justScripts(text)
	case isGroovy:
		scripts = groovyScripts(text)
	case isPipeline:
		scripts, variables = pipelineScripts(text)
	}
	for _, sc := range scripts {
		for _, c := range readScript(sc.text, own, variables) {
			s.noteCall(name, text, sc, c)
		}
	}
}

// justScripts gives the lines of the recipes of a justfile, each of which runs in a shell of its own.
func justScripts(text string) []script {
	var scripts []script
	for _, line := range makeLines(text) {
		if strings.HasPrefix(line.text, " ") || strings.HasPrefix(line.text, "\t") {
			scripts = append(scripts, line.from(len(line.text)-len(strings.TrimLeft(line.text, " \t@-"))))
		}
	}
	return scripts
}

var groovyShell = regexp.MustCompile(`(?m)^(.*?)\b(?:sh\b\s*\(?\s*(?:script\s*:\s*)?|script\s*:\s*)('''|"""|'|")`)

// groovyScripts gives the texts that the pipeline of Jenkins gives to a shell.
func groovyScripts(text string) []script {
	var scripts []script
	for at := 0; at < len(text); {
		m := groovyShell.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		before, quote, from := text[at+m[2]:at+m[3]], text[at+m[4]:at+m[5]], at+m[5]
		length := strings.Index(text[from:], quote)
		if length < 0 {
			break
		}
		at = from + length + len(quote)
		if strings.Contains(before, "//") || strings.HasPrefix(strings.TrimSpace(before), "*") {
			continue
		}
		origin := make([]int, length+1)
		for i := range origin {
			origin[i] = from + i
		}
		scripts = append(scripts, script{text: text[from : from+length], origin: origin})
	}
	return scripts
}
