//! The protocol graph: what may follow which header.

use std::collections::{BTreeMap, BTreeSet};

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, HeaderPart, ItemKind, NextTargets, Path};

use crate::body::{Context, Scope};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::program::{Next, Program};
use crate::types::{HeaderId, Type};

impl<'a> Checker<'a> {
    /// Resolves what follows each header that is known, and the headers that become known by it.
    pub(crate) fn link(&mut self) {
        let mut linked = Vec::new();
        while let Some((id, item)) = self.unlinked.pop() {
            linked.push(id);
            let ItemKind::Header(node) = self.item(item) else { continue };
            let mut next = self.followers_of(id, item);
            for part in &node.parts {
                if let HeaderPart::Next(part) = part {
                    next.extend(self.next(item.source, id, part));
                }
            }
            self.program.headers[id].next = next;
        }
        linked.sort_unstable();
        for id in linked {
            self.bounded(id);
        }
    }

    /// Reports headers that lead to each other without an end; the first of them says so for all.
    fn bounded(&mut self, id: HeaderId) {
        let headers = &self.program.headers;
        let rings = [false, true].map(|behind| self.program.ring((id, behind)));
        let endless = |ring: &Vec<HeaderId>| {
            ring.first() == Some(&id) && ring.iter().all(|id| headers[*id].limit.is_none())
        };
        let Some(ring) = rings.into_iter().find(endless) else { return };
        let names: Vec<_> = ring.iter().map(|id| headers[*id].name.as_str()).collect();
        let message = match names[..] {
            [name] => format!("{name} leads to itself without an end"),
            _ => format!("{} lead to each other without an end", names.join(" and ")),
        };
        let (file, span) = headers[id].place;
        let error = nbpfc_source::Diagnostic::error(Code::Unbounded, message, file, span)
            .note("the kernel takes only programs that end")
            .help("say how many of them a packet has at most: `limit 8`");
        self.report(error);
    }

    fn next(&mut self, source: usize, id: HeaderId, node: &'a ast::Next) -> Option<Next> {
        let condition =
            node.condition.as_ref().map(|node| self.in_header(source, id, node, &Type::Bool));
        let selector = match &node.selector {
            Some(node) => {
                let mut scope = Scope::new(self, source, Context::Header(id));
                let selector = scope.expr(node, None);
                if !matches!(selector.ty, Type::Int(_) | Type::Error) {
                    let message = "`next` compares numbers";
                    let error = scope.error(Code::TypeMismatch, node.span, message);
                    scope.report(error.help("name a field that is a number, or write `next if …`"));
                    return None;
                }
                Some(selector)
            }
            None => None,
        };
        let arms = match &node.targets {
            NextTargets::Always(path) => vec![(Vec::new(), self.header_at(source, path)?)],
            NextTargets::Arms(arms) => self.arms(source, arms, &selector.as_ref()?.ty),
            NextTargets::Like(path) => {
                let other = self.header_item_at(source, path)?;
                let ItemKind::Header(node) = self.item(other) else { return None };
                let arms = node.parts.iter().find_map(|part| match part {
                    HeaderPart::Next(next) => match &next.targets {
                        NextTargets::Arms(arms) => Some(arms),
                        _ => None,
                    },
                    _ => None,
                });
                self.arms(other.source, arms?, &selector.as_ref()?.ty)
            }
        };
        Some(Next { condition, selector, arms })
    }

    fn arms(
        &mut self,
        source: usize,
        nodes: &'a [ast::NextArm],
        ty: &Type,
    ) -> Vec<(Vec<(i128, i128)>, HeaderId)> {
        let mut arms = Vec::new();
        for node in nodes {
            let mut scope = Scope::new(self, source, Context::Constant);
            let ranges = scope.pattern(&node.pattern, ty);
            let Some(header) = self.header_at(source, &node.header) else { continue };
            let Type::Int(int) = ty else { continue };
            let ranges = match ranges {
                None => vec![(int.min(), int.max())],
                Some(ranges) => ranges
                    .iter()
                    .filter_map(|(low, high)| Some((low.number()?, high.number()?)))
                    .collect(),
            };
            arms.push((ranges, header));
        }
        arms
    }

    /// The headers that say of themselves that they come after this one.
    fn followers_of(&mut self, id: HeaderId, item: ItemRef) -> Vec<Next> {
        let mut found = Vec::new();
        for source in 0..self.sources.len() {
            for (index, node) in self.sources[source].module.items.iter().enumerate() {
                let ItemKind::Header(node) = &node.kind else { continue };
                for part in &node.parts {
                    let HeaderPart::After { parent, condition, .. } = part else { continue };
                    if self.at_path(source, parent) != Some(item) {
                        continue;
                    }
                    let this = ItemRef { source, item: index };
                    let Some(Resolved::Header(follower)) = self.resolved(this) else { continue };
                    let condition = condition
                        .as_ref()
                        .map(|node| self.in_header(source, id, node, &Type::Bool));
                    let arms = vec![(Vec::new(), follower)];
                    found.push(Next { condition, selector: None, arms });
                }
            }
        }
        found
    }

    /// The header that a path names, not resolved; reports where there is none.
    pub(crate) fn header_item_at(&mut self, source: usize, path: &'a Path) -> Option<ItemRef> {
        let is_header = |kind: &ItemKind| matches!(kind, ItemKind::Header(_));
        let item = self.at_path(source, path).filter(|item| is_header(self.item(*item)));
        if item.is_none() {
            match path.segments.as_slice() {
                [module, name] if self.module_named(source, &module.name).is_some() => {
                    // That it is there means that it is something else.
                    if self.of_module(source, module, name).is_ok() {
                        let message = format!("`{}` is no header", path.dotted());
                        let error = self.error(Code::WrongKind, source, name.span, message);
                        self.report(error.help("name a header that the module declares"));
                    }
                }
                [module, _] => {
                    let modules = self.modules(source);
                    self.unknown(source, module, "module", modules);
                }
                [name] => {
                    let names = self.names(source, is_header);
                    self.unknown(source, name, "header", names);
                }
                _ => {
                    let error = self.error(Code::WrongKind, source, path.span, "this is no header");
                    self.report(error.help("write its name, or `module.name`"));
                }
            }
        }
        item
    }

    /// The header that a path names.
    pub(crate) fn header_at(&mut self, source: usize, path: &'a Path) -> Option<HeaderId> {
        let item = self.header_item_at(source, path)?;
        match self.resolved(item) {
            Some(Resolved::Header(id)) => Some(id),
            _ => None,
        }
    }
}

impl Program {
    /// The headers that may follow one, each once.
    pub fn followers(&self, header: HeaderId) -> Vec<HeaderId> {
        let next = self.headers[header].next.iter();
        let mut found: Vec<_> =
            next.flat_map(|next| next.arms.iter().map(|(_, header)| *header)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The header without bytes of its own by which one header leads to another, if there is one.
    pub fn between(&self, header: HeaderId, next: HeaderId) -> Option<HeaderId> {
        let looks_ahead = |header: &HeaderId| self.headers[*header].looks_ahead();
        let mut ways = self.followers(header).into_iter().filter(looks_ahead);
        ways.find(|way| self.followers(*way).contains(&next))
    }

    /// Whether a step from one header to another stays in the same packet: what can begin a
    /// packet, and a second network layer, begin the inside of a tunnel.
    pub fn stays(&self, from: HeaderId, behind_network: bool, to: HeaderId) -> bool {
        if self.headers[from].limit == Some(0) {
            return false;
        }
        let header = &self.headers[to];
        if let (true, Some(limit)) = (from == to, header.limit) {
            return limit > 1;
        }
        let begins_inside = header.begins_packet || header.is_network && behind_network;
        !begins_inside
    }

    /// The steps that a packet can take from a header without entering a tunnel; of both, whether a
    /// network layer lies before.
    pub fn steps(
        &self,
        (at, behind): (HeaderId, bool),
    ) -> impl Iterator<Item = (HeaderId, bool)> + use<'_> {
        let behind = behind || self.headers[at].is_network;
        let next = self.followers(at).into_iter();
        next.filter(move |to| self.stays(at, behind, *to)).map(move |to| (to, behind))
    }

    /// All that can come behind a header, with whether a network layer lies before.
    fn behind(&self, start: (HeaderId, bool)) -> BTreeSet<(HeaderId, bool)> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> = self.steps(start).collect();
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend(self.steps(node));
            }
        }
        seen
    }

    /// The headers that a walk can come to behind a network layer.
    pub(crate) fn carried(&self, start: HeaderId) -> Vec<HeaderId> {
        let behind = self.behind((start, false)).into_iter();
        let mut found: Vec<_> = behind.filter(|(_, behind)| *behind).map(|(at, _)| at).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a walk that begins at a header can come to another without entering a tunnel.
    pub fn leads_to(&self, start: HeaderId, target: HeaderId) -> bool {
        let mut behind = self.behind((start, false)).into_iter();
        start == target || behind.any(|(header, _)| header == target)
    }

    /// The headers that lead to a header and that it leads to, itself included, in order; none if
    /// nothing leads back to it. Of the header, whether a network layer lies before.
    pub(crate) fn ring(&self, node: (HeaderId, bool)) -> Vec<HeaderId> {
        let behind = self.behind(node);
        if !behind.contains(&node) {
            return Vec::new();
        }
        let mut before: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for at in &behind {
            self.steps(*at).for_each(|to| before.entry(to).or_default().push(*at));
        }
        let (mut ring, mut open) = (BTreeSet::new(), vec![node]);
        while let Some(at) = open.pop() {
            if ring.insert(at) {
                open.extend(before.get(&at).into_iter().flatten());
            }
        }
        let mut ring: Vec<_> = ring.into_iter().map(|(header, _)| header).collect();
        ring.dedup();
        ring
    }
}
