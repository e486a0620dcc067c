//! One list of routes, for the server and for the description of its API.
//!
//! A list is a function over [`Routes`]. Given an [`axum::Router`] it registers handlers; given a
//! [`Description`](crate::Description) it collects what `utoipa` says about the same handlers. So the two cannot
//! differ, and the server holds no description, not even the code that makes one.

use axum::Router;
use axum::routing::MethodRouter;

#[doc(hidden)]
pub use utoipa_axum;

/// What `utoipa_axum` makes of handlers: schemas, paths and the handlers themselves.
pub type Described<S> = utoipa_axum::router::UtoipaMethodRouter<S>;

/// Something that takes routes.
pub trait Routes<S>: Sized {
    /// Takes handlers from [`routes!`](crate::routes!).
    #[must_use]
    fn routes<M, D>(self, endpoints: Endpoints<M, D>) -> Self
    where
        M: FnOnce() -> MethodRouter<S>,
        D: FnOnce() -> Described<S>;

    /// Takes handlers that the description says nothing about.
    #[must_use]
    fn undescribed(self, path: &str, methods: MethodRouter<S>) -> Self;

    /// Takes the routes of another list.
    #[must_use]
    fn with(self, list: impl FnOnce(Self) -> Self) -> Self {
        list(self)
    }
}

/// The handlers of one path, neither registered nor described yet: what is not asked for is never made.
#[must_use]
pub struct Endpoints<M, D> {
    path: String,
    alias: Option<&'static str>,
    methods: M,
    describe: D,
}

impl<M, D> Endpoints<M, D> {
    #[doc(hidden)]
    pub fn new<S>(path: String, methods: M, describe: D) -> Self
    where
        M: FnOnce() -> MethodRouter<S>,
        D: FnOnce() -> Described<S>,
    {
        Endpoints { path, alias: None, methods, describe }
    }

    /// What the handlers say about themselves.
    pub(crate) fn describe<S>(self) -> Described<S>
    where
        D: FnOnce() -> Described<S>,
    {
        let described = (self.describe)();
        let paths = &described.1.paths;
        assert!(paths.keys().eq([&self.path]), "these share no path: {:?}", paths.keys());
        described
    }

    /// The same handlers at a second path, which is not described.
    pub fn and_at(self, alias: &'static str) -> Self {
        Endpoints { alias: Some(alias), ..self }
    }

    /// Changes what is registered.
    pub fn map<S>(
        self,
        change: impl FnOnce(MethodRouter<S>) -> MethodRouter<S>,
    ) -> Endpoints<impl FnOnce() -> MethodRouter<S>, D>
    where
        M: FnOnce() -> MethodRouter<S>,
    {
        let methods = self.methods;
        Endpoints {
            path: self.path,
            alias: self.alias,
            methods: move || change(methods()),
            describe: self.describe,
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> for Router<S> {
    fn routes<M, D>(self, endpoints: Endpoints<M, D>) -> Self
    where
        M: FnOnce() -> MethodRouter<S>,
        D: FnOnce() -> Described<S>,
    {
        let methods = (endpoints.methods)();
        match endpoints.alias {
            Some(alias) => self.route(alias, methods.clone()).route(&endpoints.path, methods),
            None => self.route(&endpoints.path, methods),
        }
    }

    fn undescribed(self, path: &str, methods: MethodRouter<S>) -> Self {
        self.route(path, methods)
    }
}

/// Names the handlers of one path, each a `utoipa::path`: `routes!(create, list)`, or
/// `routes!(create::create, list::list)` when they are in modules of their own.
#[macro_export]
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        $crate::routes!(@ $([$handler] $handler,)+)
    };
    ($($module:ident :: $handler:ident),+ $(,)?) => {
        $crate::routes!(@ $([$module :: $handler] $handler, $module ::)+)
    };
    (@ [$first:path] $name:ident, $($module:ident ::)? $([$next:path] $next_name:ident, $($next_module:ident ::)?)*) => {
        $crate::routing::utoipa_axum::paste! {
            $crate::routing::Endpoints::new(
                <$($module ::)? [<__path_ $name>] as ::utoipa::Path>::path(),
                || {
                    let methods = ::axum::routing::MethodRouter::new();
                    let filter = $crate::routing::filter::<$($module ::)? [<__path_ $name>]>();
                    let methods = methods.on(filter, $first);
                    $(
                        let filter = $crate::routing::filter::<$($next_module ::)? [<__path_ $next_name>]>();
                        let methods = methods.on(filter, $next);
                    )*
                    methods
                },
                || $crate::routing::utoipa_axum::routes!($first $(, $next)*),
            )
        }
    };
}

/// The methods of an endpoint.
#[doc(hidden)]
#[must_use]
pub fn filter<P: utoipa::Path>() -> axum::routing::MethodFilter {
    use utoipa_axum::PathItemExt;
    let mut methods = P::methods().into_iter().map(|method| method.to_method_filter());
    let first = methods.next().expect("an endpoint has a method");
    methods.fold(first, axum::routing::MethodFilter::or)
}
