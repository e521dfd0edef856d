['cn-hangzhou', 'cn-shanghai']
