package review

func ReadIgnore(name string, data []byte, today string) (*Ignore, error) { return nil, nil }
