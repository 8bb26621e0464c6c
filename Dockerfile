# An image for JupyterHub (jupyterhub-singleuser is in it), and for one person: docker run -p 8888:8888 dc_lab
# Nothing in it is secret; the hub gives each user a token, and `jupyter lab` makes one when it starts.
FROM python:3.11-slim-bookworm

# Options of pip, such as an index with torch's CPU build; and the hub's own version, which has to be the same here.
ARG PIP_ARGS=""
ARG JUPYTERHUB="jupyterhub>=5,<6"

COPY . /tmp/dc_lab
RUN grep -v "^-e" /tmp/dc_lab/requirements.txt > /tmp/pinned.txt \
    && python -m pip install --no-cache-dir $PIP_ARGS -r /tmp/pinned.txt "$JUPYTERHUB" /tmp/dc_lab \
    && rm -r /tmp/dc_lab /tmp/pinned.txt

# One thread for each kernel. Without this PyTorch takes as many as there are cores, for each person again.
ENV OMP_NUM_THREADS=1

RUN useradd --create-home --uid 1000 jovyan
USER jovyan
WORKDIR /home/jovyan
EXPOSE 8888

# A hub mounts each user's folder when the image starts: only then can the lessons be laid there. What is there stays.
ENTRYPOINT ["/bin/sh", "-c", "python -m dc_lab start --next open && exec \"$@\"", "start"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]
