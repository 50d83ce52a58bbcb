use super::node::Node;

#[derive(Default)]
pub struct Connection {
    node: Node,
}

impl Connection {
    pub fn node(&self) -> &Node {
        &self.node
    }
}
