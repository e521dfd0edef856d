package review

// line is one of two texts that are compared: ' ' for one that both have, '-' and '+' for one of the old or new text, '~' for a number of
// lines that are left out.
type line struct {
	op   byte
	text string
}

// context is how many lines around a difference are shown, and maxCells how large the table of a comparison may be, in cells. Past that
// all lines from the first to the last difference are shown as changed.
const (
	context  = 2
	maxCells = 1 << 20
)

// differing gives the lines of two texts that differ, with some around them, at most maxLines.
func differing(old, new []string) []line {
	start := 0
	for start < min(len(old), len(new)) && old[start] == new[start] {
		start++
	}
	end := 0
	for end < min(len(old), len(new))-start && old[len(old)-1-end] == new[len(new)-1-end] {
		end++
	}
	var all []line
	all = appendLines(all, ' ', old[:start])
	all = append(all, compared(old[start:len(old)-end], new[start:len(new)-end])...)
	all = appendLines(all, ' ', old[len(old)-end:])
	return shortened(all)
}

func appendLines(list []line, op byte, texts []string) []line {
	for _, t := range texts {
		list = append(list, line{op, t})
	}
	return list
}

// compared finds the longest lines that two texts have in common, in order.
func compared(old, new []string) []line {
	if (len(old)+1)*(len(new)+1) > maxCells {
		return appendLines(appendLines(nil, '-', old), '+', new)
	}
	common := make([][]int32, len(old)+1) // of what is left of both, from i and j on
	for i := range common {
		common[i] = make([]int32, len(new)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			if old[i] == new[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var list []line
	i, j := 0, 0
	for i < len(old) && j < len(new) {
		switch {
		case old[i] == new[j]:
			list = append(list, line{' ', old[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			list = append(list, line{'-', old[i]})
			i++
		default:
			list = append(list, line{'+', new[j]})
			j++
		}
	}
	return appendLines(appendLines(list, '-', old[i:]), '+', new[j:])
}

// shortened leaves out what is far from every difference, and what is past maxLines.
func shortened(all []line) []line {
	keep := make([]bool, len(all))
	for i, l := range all {
		if l.op != ' ' {
			for k := max(0, i-context); k <= min(len(all)-1, i+context); k++ {
				keep[k] = true
			}
		}
	}
	var list []line
	for i := 0; i < len(all); {
		if len(list) == maxLines {
			return append(list, left(len(all)-i))
		}
		if keep[i] {
			list = append(list, line{all[i].op, cut(all[i].text, maxValue)})
			i++
			continue
		}
		n := i
		for i < len(all) && !keep[i] {
			i++
		}
		list = append(list, left(i-n))
	}
	return list
}

func left(n int) line { return line{'~', counted(n, "line") + " left out"} }
