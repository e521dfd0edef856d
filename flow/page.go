package flow

// page is what is said of a result. What is on it is the same for all readers; text.go and markdown.go lay it out.
type page struct {
	result cell     // the line that says it all
	facts  []string // lines below it
	blocks []block
}

// block is a table under a title, with lines before and after it. A block without any is not printed.
type block struct {
	title  string
	before []string
	table  table
	after  []item
	held   int // items or blocks that are not shown
}

func (b *block) empty() bool {
	return len(b.before) == 0 && len(b.table.rows) == 0 && len(b.after) == 0 && b.held == 0
}

// item is an entry of a list, with what belongs to it on lines of its own.
type item struct {
	text    string
	details []string
}

// maxRows is how many rows of a table are shown to people, and maxBlocks how many explanations. GitHub takes 65,536 characters of a comment.
const (
	maxRows   = 50
	maxBlocks = 20
)

// table is rows of cells. Of rows whose first group columns are alike only the first shows them.
type table struct {
	columns []column
	group   int
	rows    [][]cell
	last    []cell // the row before, with all its cells
	held    int    // rows that are not shown
}

type column struct {
	title string
	right bool // numbers are aligned to the right
}

// cell is a text that may be an alarm: dropped requests, or overload.
type cell struct {
	text  string
	alarm bool
}

func words(title string) column   { return column{title: title} }
func numbers(title string) column { return column{title: title, right: true} }

func plain(text string) cell { return cell{text: text} }

// named is a name, or a dash where there is none.
func named(name string) cell {
	if name == "" {
		name = "-"
	}
	return cell{text: name}
}

func (t *table) add(row ...cell) {
	if len(t.rows) == maxRows {
		t.held++
		return
	}
	shown := append([]cell(nil), row...)
	if t.grouped(row) {
		clear(shown[:t.group])
	}
	t.rows, t.last = append(t.rows, shown), row
}

// grouped says whether a row is in the group of the row before.
func (t *table) grouped(row []cell) bool {
	if t.last == nil || t.group == 0 {
		return false
	}
	for i := range t.group {
		if row[i].text != t.last[i].text {
			return false
		}
	}
	return true
}

// more says how many rows, or whatever else, are not shown.
const more = "... and %d more; %s has all"
