# meshtopo as a KRM function in a container. `make image` builds the program, static, to bin/, and then this.
# kustomize runs it as --user nobody, so there is a passwd file that knows that user.
FROM scratch
COPY image/passwd /etc/passwd
COPY bin/meshtopo /usr/local/bin/meshtopo
# A function reads below its working directory; mount there what it should read.
WORKDIR /work
USER nobody
ENTRYPOINT ["/usr/local/bin/meshtopo", "fn"]
